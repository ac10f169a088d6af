/* Loops of the host: vector.h, gemm.h. */
#include <math.h>

#include "kernel/level/level.h"

enum { WIDE = 16 };

static double dot(const flt *x, const flt *y, long n) {
    double lane[WIDE] = {0}, sum = 0;
    long whole = n - n % WIDE;
    for (long i = 0; i < whole; i += WIDE)
        for (int k = 0; k < WIDE; k++) lane[k] += (double)x[i + k] * (double)y[i + k];
    for (long i = whole; i < n; i++) sum += (double)x[i] * (double)y[i];
    for (int k = 0; k < WIDE; k++) sum += lane[k];
    return sum;
}

static double largest(const flt *x, long n) {
    flt lane[WIDE] = {0};
    int has_nan = 0;
    long whole = n - n % WIDE;
    for (long i = 0; i < whole; i += WIDE)
        for (int k = 0; k < WIDE; k++) {
            flt size = x[i + k] < 0 ? -x[i + k] : x[i + k];
            lane[k] = size > lane[k] ? size : lane[k];
            has_nan |= size != size;
        }
    double largest = 0;
    for (int k = 0; k < WIDE; k++) largest = fmax(largest, (double)lane[k]);
    for (long i = whole; i < n; i++) {
        largest = fmax(largest, fabs((double)x[i]));
        has_nan |= x[i] != x[i];
    }
    return has_nan ? NAN : largest;
}

static void scale(const flt *x, double s, flt *y, long n) {
    flt factor = (flt)s;
    for (long i = 0; i < n; i++) y[i] = factor * x[i];
}

static void add(double s, const flt *x, flt *y, long n) {
    flt factor = (flt)s;
    for (long i = 0; i < n; i++) y[i] += factor * x[i];
}

static void transpose_block(long rows, long cols, const flt *in, long ld_in, flt *out,
                            long ld_out) {
    enum { TILE = 16 };
    long whole = rows - rows % TILE;
    for (long i = 0; i < whole; i += TILE)
        for (long j = 0; j < cols; j++)
#pragma GCC unroll 16
            for (long k = 0; k < TILE; k++) out[j * ld_out + i + k] = in[(i + k) * ld_in + j];
    for (long i = whole; i < rows; i++)
        for (long j = 0; j < cols; j++) out[j * ld_out + i] = in[i * ld_in + j];
}

extern const loops_t LEVELED(loops);
const loops_t LEVELED(loops) = {
    .dot = dot, .largest = largest, .scale = scale, .add = add, .transpose = transpose_block};
