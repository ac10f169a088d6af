/* plain_sums.c: the two checksums of HDF5. */
#include "store/plain.h"

static uint32_t turn(uint32_t x, int bits) { return x << bits | x >> (32 - bits); }

static uint32_t word(const unsigned char *k) {
    return k[0] | (uint32_t)k[1] << 8 | (uint32_t)k[2] << 16 | (uint32_t)k[3] << 24;
}

/* One round of lookup3: x loses y, takes it up turned, and y gains z. */
#define MIX(x, y, z, bits) x -= y, x ^= turn(y, bits), y += z
/* And of its end: x takes y up and loses it turned. */
#define CLOSE(x, y, bits)  x ^= y, x -= turn(y, bits)

uint32_t plain_checksum(const void *bytes, size_t size) {
    const unsigned char *k = bytes;
    uint32_t a = 0xdeadbeef + (uint32_t)size, b = a, c = a;
    if (size == 0) return c;
    for (; size > 12; size -= 12, k += 12) {
        a += word(k), b += word(k + 4), c += word(k + 8);
        MIX(a, c, b, 4), MIX(b, a, c, 6), MIX(c, b, a, 8);
        MIX(a, c, b, 16), MIX(b, a, c, 19), MIX(c, b, a, 4);
    }
    unsigned char last[12] = {0};
    for (size_t i = 0; i < size; i++) last[i] = k[i];
    a += word(last), b += word(last + 4), c += word(last + 8);
    CLOSE(c, b, 14), CLOSE(a, c, 11), CLOSE(b, a, 25), CLOSE(c, b, 16);
    CLOSE(a, c, 4), CLOSE(b, a, 14), CLOSE(c, b, 24);
    return c;
}

static uint32_t fold(uint32_t sum) { return (sum & 0xffff) + (sum >> 16); }

uint32_t plain_fletcher(const void *bytes, size_t size) {
    enum { BLOCK = 360 }; /* words whose sums fit into 32 bits */
    const unsigned char *at = bytes;
    uint32_t low = 0, high = 0;
    for (size_t words = size / 2; words;) {
        size_t block = words < BLOCK ? words : BLOCK;
        words -= block;
        for (; block; block--, at += 2) high += low += (uint32_t)at[0] << 8 | at[1];
        low = fold(low), high = fold(high);
    }
    if (size % 2) {
        high += low += (uint32_t)*at << 8;
        low = fold(low), high = fold(high);
    }
    return fold(high) << 16 | fold(low);
}
