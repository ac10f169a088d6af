/* shared_values.h: what the eigenvalues of one transition tell (rksp.h), by any dense algebra: the
 * same steps as whitening.h and dmd.h, on matrices that several ranks share. */
#ifndef SPECTRAL_SHARED_VALUES_H
#define SPECTRAL_SHARED_VALUES_H

#include "spectral/algebra.h"
#include "spectral/rksp.h"

/* Collective over the ranks of the algebra. x and y: centred snapshots [d, N], column-major, one
 * sample a column, on rank 0, NULL elsewhere. Of the result masses, rank, rho, eta_nl, change and
 * degenerate, the rest is NaN, on every rank; lambda [d,2] has its eigenvalues, ascending, and is
 * borrowed by the result. Errors as rksp_profile. */
status_t shared_values(const algebra_t *algebra, const rksp_options_t *options, int d, int samples,
                       const double *x, const double *y, double *lambda, rksp_result_t *result);

#endif
