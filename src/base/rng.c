#include "base/rng.h"

#include <Random123/philox.h>
#include <math.h>
#include <string.h>

#include "base/text.h"

rng_t rng_open(uint64_t seed, uint32_t replica, const char *purpose, uint32_t index) {
    uint64_t hash = text_hash(purpose, strlen(purpose));
    rng_t rng = {.used = 4};
    rng.key[0] = (uint32_t)seed ^ (uint32_t)hash;
    rng.key[1] = (uint32_t)(seed >> 32) ^ (uint32_t)(hash >> 32);
    rng.counter[2] = index;
    rng.counter[3] = replica;
    return rng;
}

static void next_block(rng_t *rng) {
    philox4x32_ctr_t counter;
    philox4x32_key_t key = {{rng->key[0], rng->key[1]}};
    memcpy(counter.v, rng->counter, sizeof rng->counter);
    counter = philox4x32(counter, key);
    memcpy(rng->block, counter.v, sizeof rng->block);
    if (++rng->counter[0] == 0) ++rng->counter[1];
    rng->used = 0;
}

uint32_t rng_bits(rng_t *rng) {
    if (rng->used == 4) next_block(rng);
    return rng->block[rng->used++];
}

double rng_uniform(rng_t *rng) {
    uint64_t high = rng_bits(rng) >> 5, low = rng_bits(rng) >> 6; /* 27 + 26 bits */
    return (double)((high << 26) | low) * 0x1p-53;
}

double rng_normal(rng_t *rng) {
    if (rng->has_spare) {
        rng->has_spare = 0;
        return rng->spare;
    }
    double radius = sqrt(-2 * log(1 - rng_uniform(rng)));
    double angle = 2 * M_PI * rng_uniform(rng);
    rng->spare = radius * sin(angle);
    rng->has_spare = 1;
    return radius * cos(angle);
}

uint32_t rng_below(rng_t *rng, uint32_t n) {
    uint32_t limit = -n % n; /* reject the first 2^32 mod n values: no bias */
    uint32_t bits;
    do bits = rng_bits(rng);
    while (bits < limit);
    return bits % n;
}

void rng_shuffle(rng_t *rng, int32_t *x, int n) {
    for (int i = n - 1; i > 0; i--) {
        int j = (int)rng_below(rng, (uint32_t)i + 1);
        int32_t swap = x[i];
        x[i] = x[j];
        x[j] = swap;
    }
}
