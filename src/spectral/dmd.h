/* dmd.h: the DMD operator A = Yw Xw^+ and what it leaves unexplained (RKSP, step 3).
 *
 * Everything is held in the coordinates of the covariance's eigenvectors (whitening.h): with
 * R = Y X^T/(N-1) U_kept the least-squares operator is K = R diag(1/variance) U_kept^T, and
 *
 *   op = diag(1/scale) U^T R diag(scale/variance)  = U^T A U_kept           (d x rank)
 *   e  = diag(1/scale) U^T (E E^T/(N-1)) U diag(1/scale),  E = Y - K X      (d x d)
 *
 * Eigenvalues, their conditioning, residuals and norms do not depend on that rotation. The
 * spectrum used is that of the compression, op's last `rank` rows: A has d - rank structural zeros
 * beside it, which mean nothing and are never counted.
 *
 * Accuracy: a Gram matrix squares the condition number of X. The residual E is formed explicitly
 * and, when variances spread over more than 1e4, regressed once more on X (one step of iterative
 * refinement), which gives K the accuracy of an orthogonal factorisation. */
#ifndef SPECTRAL_DMD_H
#define SPECTRAL_DMD_H

#include "spectral/whitening.h"

typedef struct dmd {
    int rank;
    dense_t op;      /* d x rank; cols is set by dmd_fit                   */
    dense_t e;       /* d x d                                              */
    dense_t r;       /* d x d work: R                                      */
    dense_t step;    /* d x d work: one regression's part of R, then of K  */
    dense_t product; /* d x d work                                         */
} dmd_t;

/* Above this spread of variances one step of iterative refinement is worth its time. */
#define DMD_WELL_CONDITIONED 1e4

size_t dmd_bytes(int d);
dmd_t dmd_take(arena_t *arena, int d);

/* Fits y ~ K x. x and y are centred, d x N; y becomes the residual E. */
void dmd_fit(const whitening_t *whitening, dense_t x, dense_t y, dmd_t *dmd);

/* The rank x rank compression of the operator. A view. */
dense_t dmd_compression(const dmd_t *dmd);

/* a = A in the coordinates of the snapshots, d x d. */
void dmd_operator(const whitening_t *whitening, const dmd_t *dmd, dense_t a);

/* |E|_F, |Yw - Xw|_F and |Xw|_F of the whitened snapshots; all over sqrt(N-1). The second is
 * summed over (A - I) Xw and E, which are orthogonal: no cancellation when Y is nearly X. */
typedef struct dmd_norms {
    double residual, change, size;
} dmd_norms_t;

dmd_norms_t dmd_norms(const whitening_t *whitening, const dmd_t *dmd);

#endif
