/* vector.h: long vectors of flt: parameters, gradients, directions. Sums run in float64 over a
 * fixed number of lanes: the same bits on every run of a machine. */
#ifndef KERNEL_VECTOR_H
#define KERNEL_VECTOR_H

#include "kernel/flt.h"

double vector_dot(const flt *x, const flt *y, long n);
double vector_norm(const flt *x, long n);                  /* 2-norm                          */
double vector_largest(const flt *x, long n);               /* max |x|; NaN when x holds a NaN */
void vector_scale(const flt *x, double s, flt *y, long n); /* y = s x; y may be x          */
void vector_add(double s, const flt *x, flt *y, long n);   /* y = y + s x                  */

#endif
