/* chance.h: random numbers inside kernels: the same ones in a gradient, in its tangents, in every
 * further pass of a step, and in a run that goes on from a checkpoint.
 *
 * Nothing is drawn one after the other: a number is a pure function of what is being computed. The
 * blocks of four words are those of base/rng.h (Philox4x32-10, Salmon et al. 2011): operator number
 * n of a graph that draws has block b of the stream rng_open(seed, replica, "draw/n", step). */
#ifndef KERNEL_CHANCE_H
#define KERNEL_CHANCE_H

#include <stdint.h>

#include "kernel/flt.h"

/* What a draw depends on, beside the operator and the element. */
typedef struct chance {
    uint64_t seed;
    uint32_t replica;
    uint32_t step;  /* of training                                                          */
    uint32_t part;  /* share of the batch at work: its rows come after those of `part` others */
    uint32_t is_on; /* 0: nothing is drawn                                                  */
} chance_t;

typedef struct words {
    uint32_t at[4];
} words_t;

/* Block `number` of the stream of an operator whose purpose ("draw/n") has the hash `purpose`. */
INLINE words_t chance_words(const chance_t *chance, uint64_t purpose, uint64_t number) {
    enum { ROUNDS = 10 };
    const uint32_t multiplier[2] = {0xD2511F53, 0xCD9E8D57}, weyl[2] = {0x9E3779B9, 0xBB67AE85};
    uint64_t key = chance->seed ^ purpose;
    uint32_t key0 = (uint32_t)key, key1 = (uint32_t)(key >> 32);
    uint32_t a = (uint32_t)number, b = (uint32_t)(number >> 32), c = chance->step;
    uint32_t d = chance->replica;
    for (int round = 0; round < ROUNDS; round++) {
        uint64_t x = (uint64_t)multiplier[0] * a, y = (uint64_t)multiplier[1] * c;
        a = (uint32_t)(y >> 32) ^ b ^ key0;
        b = (uint32_t)y;
        c = (uint32_t)(x >> 32) ^ d ^ key1;
        d = (uint32_t)x;
        key0 += weyl[0];
        key1 += weyl[1];
    }
    words_t words = {{a, b, c, d}};
    return words;
}

#endif
