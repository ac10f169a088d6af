/* bf16.h: bfloat16 numbers: the upper half of a float32. */
#ifndef KERNEL_BF16_H
#define KERNEL_BF16_H

#include <stdint.h>
#include <string.h>

#include "kernel/flt.h"

typedef uint16_t bf16_t;

/* The bits of x rounded to bfloat16, to nearest, ties to even, in the upper half, 0 below. Beyond
 * the largest number it becomes infinite; NaN stays NaN. Without branches, so that loops vectorise.
 */
INLINE uint32_t bf16_bits(float x) {
    uint32_t bits;
    memcpy(&bits, &x, sizeof bits);
    uint32_t rounded = (bits + 0x7fffu + (bits >> 16 & 1)) & 0xffff0000u;
    uint32_t quiet = (bits & 0xffff0000u) | 0x00400000u;
    return x != x ? quiet : rounded;
}

INLINE bf16_t bf16_of(float x) { return (bf16_t)(bf16_bits(x) >> 16); }

/* x rounded to bfloat16, as a float. */
INLINE float bf16_rounded(float x) {
    uint32_t bits = bf16_bits(x);
    float y;
    memcpy(&y, &bits, sizeof y);
    return y;
}

#endif
