/* rng.h: counter-based random numbers (Philox4x32-10, Salmon et al. 2011).
 *
 * A stream is a pure function of (seed, replica, purpose, index): two places that draw for
 * different purposes never share numbers, arms of one comparison that ask for the same purpose
 * share every bit, and nothing depends on rank count or order. A stream is a small value: copy it
 * freely. */
#ifndef BASE_RNG_H
#define BASE_RNG_H

#include <stdint.h>

typedef struct rng {
    uint32_t key[2];
    uint32_t counter[4];
    uint32_t block[4]; /* the last block drawn                    */
    int used;          /* words of `block` already handed out     */
    double spare;      /* second normal of a Box-Muller pair      */
    int has_spare;
} rng_t;

/* Opens the stream `index` of `purpose` ("init", "data", ...) for one replica of a sweep. */
rng_t rng_open(uint64_t seed, uint32_t replica, const char *purpose, uint32_t index);

uint32_t rng_bits(rng_t *rng);                   /* uniform on 0 .. 2^32-1          */
double rng_uniform(rng_t *rng);                  /* uniform on [0,1), 53 bits       */
double rng_normal(rng_t *rng);                   /* standard normal (Box-Muller)    */
uint32_t rng_below(rng_t *rng, uint32_t n);      /* uniform on 0 .. n-1, unbiased   */
void rng_shuffle(rng_t *rng, int32_t *x, int n); /* Fisher-Yates, in place          */

#endif
