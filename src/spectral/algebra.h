/* algebra.h: the dense algebra that the spectrum of one transition needs, on matrices that one
 * process holds or several share. Two rows: algebra_lapack (here), and ScaLAPACK's (grid/), for
 * widths at which one rank is too small.
 *
 * Every function but `values` of a share is collective over the ranks of a row, in the same order.
 */
#ifndef SPECTRAL_ALGEBRA_H
#define SPECTRAL_ALGEBRA_H

#include "base/status.h"

typedef struct algebra algebra_t;

/* One rank's share of a matrix: local, column-major. Element (i, j) of it is element
 * (algebra->row(.., i), algebra->col(.., j)) of the whole. */
typedef struct share {
    const algebra_t *algebra; /* borrowed                            */
    int rows, cols;           /* of the whole                        */
    int local_rows, local_cols, ld;
    double *at;  /* owned [ld, local_cols]              */
    int desc[9]; /* ScaLAPACK's array descriptor        */
} share_t;       /* {0} is an empty one */

struct algebra {
    const char *name;
    int ranks, rank;
    const void *grid; /* of the row */

    /* A zero matrix. STATUS_ENVIRONMENT: no memory, on any rank. */
    status_t (*take)(const algebra_t *a, int rows, int cols, share_t *m);
    /* Place in the whole of a local row or column. */
    int (*row)(const share_t *m, int local);
    int (*col)(const share_t *m, int local);
    /* m = from, column-major with ld = rows; on rank 0, NULL elsewhere. */
    void (*fill)(share_t *m, const double *from);
    /* to[rows * cols] = m, column-major with ld = rows; on every rank. */
    void (*gather)(const share_t *m, double *to);
    /* to = the block of `from` that begins at (row, col) and is as large as `to`. */
    void (*copy)(const share_t *from, int row, int col, share_t *to);
    /* c = alpha op(a) op(b) + beta c; op: 'N' as it is, 'T' transposed. c overlaps neither. */
    void (*multiply)(char op_a, char op_b, double alpha, const share_t *a, const share_t *b,
                     double beta, share_t *c);
    /* m (symmetric, lost) = vectors diag(values) vectors^T, ascending; values[n] on every rank. */
    status_t (*symmetric)(share_t *m, double *values, share_t *vectors);
    /* m becomes T, m = Q T Q^T, T quasi upper triangular; eigenvalues re[n], im[n], in the order of
     * T's diagonal, on every rank. STATUS_FAILED: no convergence, or not a Schur form of m. */
    status_t (*schur)(share_t *m, share_t *q, double *re, double *im);
    /* x[n] = its sum over the ranks, the same on all. */
    void (*sum)(const algebra_t *a, double *x, int n);
};

/* One process alone. */
extern const algebra_t algebra_lapack;

void share_drop(share_t *m);

/* m = diag(rows) m diag(cols); NULL: 1. Both as long as the whole; local. */
void share_scale(share_t *m, const double *rows, const double *cols);

#endif
