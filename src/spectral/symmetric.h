/* symmetric.h: symmetric operators on long vectors that are known only by their products, and what
 * is said about one of their eigenpairs. Solvers: power.h, lanczos.h.
 *
 * Vectors are flt, all sums float64 (kernel/vector.h). Parameters are padded with zeros: those
 * elements are eigenvectors of eigenvalue 0 and do no harm. */
#ifndef SPECTRAL_SYMMETRIC_H
#define SPECTRAL_SYMMETRIC_H

#include "kernel/flt.h"

typedef struct symmetric {
    /* av = A v; both of `size` elements, av is not v. */
    void (*apply)(void *context, const flt *v, flt *av);
    void *context; /* borrowed */
    long size;
} symmetric_t;

typedef struct eigenpair {
    double value;    /* v.Av of the unit vector v it belongs to: a lower bound of the largest   */
    double residual; /* |A v - value v|: an eigenvalue lies within this distance                */
    double smallest; /* the other end of the spectrum, an upper bound of it; NaN where unknown  */
    int products;    /* with A that were used                                                   */
} eigenpair_t;

/* Scales x to length 1; returns its length before. A vector of length 0, or one that is not finite,
 * stays as it is. */
double symmetric_normalise(flt *x, long n);

/* Angle of the lines along x and y, 0 .. pi/2 radians; exact to rounding for small angles too. NaN
 * when one of them has no direction. */
double symmetric_angle(const flt *x, const flt *y, long n);

#endif
