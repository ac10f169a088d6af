/* The two files of a byte-pair tokenizer, cut apart at the first NUL byte, hold any bytes: they are
 * refused, or what they encode is decoded to what it was. */
#include "fuzz/target.h"

#include "task/byte_pair.h"

static const char text[] = "low lower \xc3\xa9 \x01\xff lowest\n";
enum { LENGTH = sizeof text - 1 };

static void check_round_trip(byte_pair_t *pairs) {
    int32_t ids[LENGTH];
    int count = 0;
    size_t at = 0;
    if (byte_pair_encode(pairs, (text_t){text, LENGTH}, ids, &count) != STATUS_OK) return;
    fuzz_check(count >= 0 && count <= LENGTH, "no more tokens than bytes");
    for (int i = 0; i < count; i++) {
        text_t piece = byte_pair_decode(pairs, ids[i]);
        fuzz_check(piece.length <= LENGTH - at && !memcmp(piece.bytes, text + at, piece.length),
                   "a token stands for the bytes that are there");
        at += piece.length;
    }
    fuzz_check(at == LENGTH, "tokens stand for the whole text");
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    byte_pair_t *pairs = NULL;
    const uint8_t *end = size ? memchr(data, 0, size) : NULL;
    size_t first = end ? (size_t)(end - data) : size, second = size - first - (end != NULL);
    text_t encoder = {(const char *)data, first};
    text_t merges = {end ? (const char *)end + 1 : "", second};
    if (byte_pair_create(encoder, merges, &pairs) == STATUS_OK) {
        fuzz_accepted++;
        check_round_trip(pairs);
    }
    byte_pair_destroy(&pairs);
    return 0;
}
