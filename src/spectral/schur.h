/* schur.h: real Schur form, eigenvalues and both families of eigenvectors (RKSP, step 4).
 *
 *   B = Q T Q^T,  T quasi upper triangular (1x1 blocks and standardised 2x2 blocks)
 *
 * Eigenvectors are those of T (those of B are Q times them): unit 2-norm, packed as LAPACK does,
 * columns j and j+1 the real and imaginary part for a conjugate pair (imaginary[j] > 0). All
 * quantities of a profile are invariant under Q, which saves the back-transformation. B is not
 * balanced: a scaling would change the norms that kappa and the resolvent are about. */
#ifndef SPECTRAL_SCHUR_H
#define SPECTRAL_SCHUR_H

#include "base/status.h"
#include "spectral/dense.h"

typedef struct schur {
    int n;
    dense_t t, q;             /* n x n                                                      */
    dense_t right, left;      /* n x n, packed eigenvectors of T                            */
    double *real, *imaginary; /* [n] eigenvalues in the order of T's diagonal               */
    double *overlap;          /* [n] |u_j^* v_j|: 1 / condition number of the eigenvalue    */
    dense_t t_store, q_store, right_store, left_store; /* full size, n views into them         */
    double *tau, *work;
    int work_size;
} schur_t;

size_t schur_bytes(int n_max);
schur_t schur_take(arena_t *arena, int n_max);

/* B (n x n, n <= n_max, left as it is) -> t, q, eigenvalues. STATUS_FAILED when B is not finite
 * or the QR iteration does not converge. */
status_t schur_decompose(dense_t b, schur_t *schur);

/* Eigenvalues alone, in no order that means anything: two fifths of the work. t and q are not those
 * of a Schur form then, and nothing below but schur_radius may be asked. */
status_t schur_values(dense_t b, schur_t *schur);

/* Eigenvectors and overlaps of the decomposition held. */
status_t schur_eigenvectors(schur_t *schur);

/* v_j^* u_j of the eigenvalue at column j (the first of a pair): complex. */
void schur_overlap(const schur_t *schur, int j, double *re, double *im);

/* max |lambda| */
double schur_radius(const schur_t *schur);

/* Departure from normality relative to the norm, sqrt(|B|_F^2 - sum |lambda|^2) / |B|_F, summed
 * from T's off-diagonal part, so without cancellation (Henrici 1962). */
double schur_henrici(const schur_t *schur);

/* |V|_2 |V^-1|_2 of the unit right eigenvectors; the rows of V^-1 are the left eigenvectors over
 * u_j^* v_j. Inf for a defective matrix. `work` is at least n x n. */
double schur_kappa(const schur_t *schur, dense_t work);

#endif
