/* whitening.h: the covariance of centred snapshots, its eigenvectors, and W = S^(-1/2).
 *
 *   C = X X^T / (N-1) = U diag(variance) U^T      S = C + epsilon I      W = U diag(1/scale) U^T
 *
 * with scale = sqrt(variance + epsilon) (RKSP, step 2: ZCA). A direction counts towards the rank
 * when its variance is above rank_tolerance times the largest: float32 noise sits at 1e-14. */
#ifndef SPECTRAL_WHITENING_H
#define SPECTRAL_WHITENING_H

#include "base/status.h"
#include "spectral/dense.h"

typedef struct whitening {
    int features;     /* d                                                                 */
    int rank;         /* the last `rank` columns of u span the snapshots                   */
    dense_t u;        /* d x d, orthonormal eigenvectors in columns, ascending variance    */
    double *variance; /* [d] ascending                                                     */
    double *scale;    /* [d] sqrt(variance + epsilon); 1 for whitening_fit_unit            */
    dense_t rotated;  /* d x d work */
    double *work;     /* work space of the eigensolver                                     */
    int *work_int;
    int work_size, work_int_size;
} whitening_t;

size_t whitening_bytes(int d);
whitening_t whitening_take(arena_t *arena, int d);

/* From centred snapshots x (d x N). STATUS_FAILED when there is no variance at all. */
status_t whitening_fit(dense_t x, double epsilon, double rank_tolerance, whitening_t *whitening);

/* The same without rescaling, W = I: for snapshots that are whitened already. */
status_t whitening_fit_unit(dense_t x, double rank_tolerance, whitening_t *whitening);

/* The kept eigenvectors, d x rank. A view. */
dense_t whitening_kept(const whitening_t *whitening);

/* wp = W p, d x r each, r <= d. */
void whitening_apply(const whitening_t *whitening, dense_t p, dense_t wp);

#endif
