#include "kernel/vector.h"

#include <math.h>

enum { WIDE = 16 };

double vector_dot(const flt *x, const flt *y, long n) {
    double lane[WIDE] = {0}, sum = 0;
    long whole = n - n % WIDE;
    for (long i = 0; i < whole; i += WIDE)
        for (int k = 0; k < WIDE; k++) lane[k] += (double)x[i + k] * (double)y[i + k];
    for (long i = whole; i < n; i++) sum += (double)x[i] * (double)y[i];
    for (int k = 0; k < WIDE; k++) sum += lane[k];
    return sum;
}

double vector_norm(const flt *x, long n) { return sqrt(vector_dot(x, x, n)); }

double vector_largest(const flt *x, long n) {
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

void vector_scale(const flt *x, double s, flt *y, long n) {
    flt factor = (flt)s;
    for (long i = 0; i < n; i++) y[i] = factor * x[i];
}

void vector_add(double s, const flt *x, flt *y, long n) {
    flt factor = (flt)s;
    for (long i = 0; i < n; i++) y[i] += factor * x[i];
}
