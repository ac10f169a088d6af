/* shared_profile.h: the profile of one transition (rksp.h) by any dense algebra: the same steps as
 * whitening.h, dmd.h and schur.h, on matrices that several ranks share. */
#ifndef SPECTRAL_SHARED_PROFILE_H
#define SPECTRAL_SHARED_PROFILE_H

#include "spectral/algebra.h"
#include "spectral/rksp.h"

/* Collective over the ranks of the algebra. x and y: centred snapshots [d, N], column-major, one
 * sample a column, on rank 0, NULL elsewhere. Of the options all but a basis. The result is the
 * same on every rank, and borrows lambda [d,2] and residual [d], of which `rank` are filled in,
 * ascending as rksp.h has them. Errors as rksp_profile. */
status_t shared_profile(const algebra_t *algebra, const rksp_options_t *options, int d, int samples,
                        const double *x, const double *y, double *lambda, double *residual,
                        rksp_result_t *result);

#endif
