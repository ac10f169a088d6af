/* dmd_values.h: the DMD operator for its eigenvalues alone, by Cholesky factors instead of the
 * covariance's eigenvectors (dmd.h).
 *
 *   C = X X^T/(N-1) = F F^T      C + epsilon I = L L^T      K = Y X^T/(N-1) C^(-1)
 *   op = L^(-1) K L
 *
 * L = S^(1/2) Q with Q orthogonal, so op is Q^T A Q of the whitened operator A, and E = Y - K X
 * whitened by L^(-1) is Q^T times what S^(-1/2) makes of it: eigenvalues and Frobenius norms are
 * the same. Only for snapshots of full rank. K is refined once where dmd_fit would, or sooner. */
#ifndef SPECTRAL_DMD_VALUES_H
#define SPECTRAL_DMD_VALUES_H

#include "spectral/dmd.h"

/* Fits y ~ K x where x (centred, d x N, as y) is certainly of full numerical rank, and returns 1:
 * dmd->op is the d x d operator, dmd->rank d, *norms as dmd_norms has them, and y is lost. Returns
 * 0 where the rank is less or in doubt, or x is not finite enough for a covariance; x and y are as
 * they were then, and dmd_fit is asked. All of `dmd` and whitening's two matrices are work space.
 */
int dmd_fit_values(dense_t x, dense_t y, double epsilon, double rank_tolerance,
                   whitening_t *whitening, dmd_t *dmd, dmd_norms_t *norms);

#endif
