#include "spectral/symmetric.h"

#include <math.h>

#include "kernel/vector.h"

double symmetric_normalise(flt *x, long n) {
    double norm = vector_norm(x, n);
    if (norm > 0 && isfinite(norm)) vector_scale(x, 1 / norm, x, n);
    return norm;
}

/* tan = |y - (x.y) x| / |x.y| for unit vectors: the cosine alone would lose angles below 3e-4. */
double symmetric_angle(const flt *x, const flt *y, long n) {
    double norm_x = vector_norm(x, n), norm_y = vector_norm(y, n);
    double along = vector_dot(x, y, n) / norm_x, off = 0;
    if (!(norm_x > 0 && norm_y > 0)) return NAN;
    for (long i = 0; i < n; i++) {
        double across = (double)y[i] - along / norm_x * (double)x[i];
        off += across * across;
    }
    return atan2(sqrt(off), fabs(along));
}
