/* peak.h: how many float32 multiply-adds this core can do: what a bench's share is a share of.
 *
 * Twelve chains in twelve named registers: two units times four to six cycles of latency need eight
 * to twelve that do not wait for each other. An array of chains would live in memory, and the loop
 * would measure how fast a store is forwarded to the next load. */
#ifndef BENCH_PEAK_H
#define BENCH_PEAK_H

#include "base/clock.h"

/* The widest registers that the build may use, and the letter of their constraint. */
#if defined __AVX512F__
enum { PEAK_BYTES = 64 };
#define PEAK_REGISTER "+v"
#elif defined __AVX__
enum { PEAK_BYTES = 32 };
#define PEAK_REGISTER "+x"
#elif defined __x86_64__
enum { PEAK_BYTES = 16 };
#define PEAK_REGISTER "+x"
#else /* aarch64 */
enum { PEAK_BYTES = 16 };
#define PEAK_REGISTER "+w"
#endif

/* GFLOP/s now; about 10 ms. Frequencies move: take the largest of several. */
static inline double peak_measure(void) {
    typedef float wide_t __attribute__((vector_size(PEAK_BYTES)));
    enum { CHAINS = 12, TURNS = 200000, NUMBERS = PEAK_BYTES / (int)sizeof(float) };
    wide_t a = (wide_t){} + 0.999f, b = (wide_t){} + 1e-6f;
    wide_t c0 = b, c1 = b, c2 = b, c3 = b, c4 = b, c5 = b, c6 = b, c7 = b, c8 = b, c9 = b, c10 = b,
           c11 = b;
    double start = clock_processor();
    for (int turn = 0; turn < TURNS; turn++) {
        c0 = c0 * a + b, c1 = c1 * a + b, c2 = c2 * a + b, c3 = c3 * a + b;
        c4 = c4 * a + b, c5 = c5 * a + b, c6 = c6 * a + b, c7 = c7 * a + b;
        c8 = c8 * a + b, c9 = c9 * a + b, c10 = c10 * a + b, c11 = c11 * a + b;
        /* All are in registers here, and nothing is known of them: no turn can be left out. */
        __asm__ volatile(""
                         : PEAK_REGISTER(c0), PEAK_REGISTER(c1), PEAK_REGISTER(c2),
                           PEAK_REGISTER(c3), PEAK_REGISTER(c4), PEAK_REGISTER(c5),
                           PEAK_REGISTER(c6), PEAK_REGISTER(c7), PEAK_REGISTER(c8),
                           PEAK_REGISTER(c9), PEAK_REGISTER(c10), PEAK_REGISTER(c11));
    }
    return 2.0 * NUMBERS * CHAINS * TURNS / (clock_processor() - start) / 1e9;
}

#endif
