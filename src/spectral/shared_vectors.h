/* shared_vectors.h: what the eigenvectors of one transition tell (rksp.h), by any dense algebra.
 *
 * Every rank holds T whole, n^2 numbers, and finds the eigenvectors of its columns of it, by the
 * back-substitution that one process uses: no message passes in between. Sums over all vectors are
 * sums over ranks. The Kreiss constants are found by rank 0 alone, and the others wait.
 *
 * Memory, in numbers: n^2 on every rank, and 5 n^2 over all. */
#ifndef SPECTRAL_SHARED_VECTORS_H
#define SPECTRAL_SHARED_VECTORS_H

#include "spectral/algebra.h"
#include "spectral/rksp.h"

/* Collective. t and q: the Schur form of the operator between whitened coordinates, [n,n], with
 * eigenvalues re, im [n], which become those of its blocks in order, where a block is of two real
 * ones; e [n,n]: the covariance of its residual; weight [n]: that of Xw, which is
 * diagonal. Fills in kappa_v, henrici, and the Kreiss constants where they are asked for, and
 * residual [n], in the order of T's diagonal; the same on every rank. STATUS_ENVIRONMENT: no
 * memory, on any rank. */
status_t shared_vectors(const rksp_options_t *options, const share_t *t, const share_t *q,
                        double *re, double *im, const share_t *e, const double *weight,
                        double *residual, rksp_result_t *result);

#endif
