/* product_values.h: singular values of A^T B where A and B have few rows. */
#ifndef SPECTRAL_PRODUCT_VALUES_H
#define SPECTRAL_PRODUCT_VALUES_H

#include "base/status.h"
#include "kernel/flt.h"

/* values[rows], ascending: the singular values of A^T B other than the zeros that its size adds; a,
 * b [rows, cols] row-major, cols >= rows. They are the roots of the eigenvalues of A A^T B B^T, so
 * those below 1e-8 of the largest are rounding. STATUS_FAILED: the rows of A are not independent,
 * or a number is not finite. */
status_t product_singular_values(long rows, long cols, const flt *a, const flt *b, double *values);

#endif
