/* projection.h: whitened snapshots seen through an orthonormal basis P, d x r: P^T W X, P^T W Y.
 *
 * The operator fitted to them, (P^T Yw)(P^T Xw)^+, has r eigenvalues and costs O(d N r) once the
 * whitening is known. It stands in the coordinates of the projected covariance's eigenvectors,
 * without a second whitening. */
#ifndef SPECTRAL_PROJECTION_H
#define SPECTRAL_PROJECTION_H

#include "base/rng.h"
#include "spectral/dmd.h"

typedef struct projection {
    dense_t basis;    /* d x r: P                                                           */
    dense_t whitened; /* d x r: W P                                                         */
    dense_t x, y;     /* r x N: P^T W X, and the residual of P^T W Y after projection_fit   */
    whitening_t unit; /* covariance of x, with scale 1                                      */
} projection_t;

size_t projection_bytes(int d, int r, int samples);
projection_t projection_take(arena_t *arena, int d, int r, int samples);

/* Takes over P, row-major [r,d] (one basis vector after the other); NULL: the identity, r = d.
 * STATUS_SPEC when the vectors are not orthonormal to 1e-8. */
status_t projection_set_basis(const double *basis, projection_t *projection);

/* Projects the centred snapshots x and y (d x N, unchanged) and fits dmd to them. */
status_t projection_fit(const whitening_t *whitening, dense_t x, dense_t y, double rank_tolerance,
                        projection_t *projection, dmd_t *dmd);

/* A uniformly random orthonormal basis, row-major [r,d], r <= d: modified Gram-Schmidt, done twice,
 * on normal vectors. */
void projection_random_basis(rng_t *rng, int d, int r, double *basis);

#endif
