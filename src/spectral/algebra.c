/* The parts that all rows share, and LAPACK's row. */
#include "spectral/algebra.h"

#include <cblas.h>
#include <lapacke.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

void share_drop(share_t *m) {
    free(m->at);
    *m = (share_t){0};
}

void share_scale(share_t *m, const double *rows, const double *cols) {
    for (int j = 0; j < m->local_cols; j++) {
        double *column = m->at + (size_t)j * (size_t)m->ld;
        double factor = cols ? cols[m->algebra->col(m, j)] : 1;
        for (int i = 0; i < m->local_rows; i++)
            column[i] *= rows ? factor * rows[m->algebra->row(m, i)] : factor;
    }
}

static status_t take(const algebra_t *a, int rows, int cols, share_t *m) {
    *m = (share_t){.algebra = a,
                   .rows = rows,
                   .cols = cols,
                   .local_rows = rows,
                   .local_cols = cols,
                   .ld = rows};
    m->at = calloc((size_t)rows * (size_t)cols + 1, sizeof *m->at);
    CHECK(m->at, STATUS_ENVIRONMENT, "out of memory for a matrix of %d x %d", rows, cols);
    return STATUS_OK;
}

static int same(const share_t *m, int local) {
    (void)m;
    return local;
}

static void fill(share_t *m, const double *from) {
    memcpy(m->at, from, (size_t)m->rows * (size_t)m->cols * sizeof *from);
}

static void gather(const share_t *m, double *to) {
    memcpy(to, m->at, (size_t)m->rows * (size_t)m->cols * sizeof *to);
}

static void copy(const share_t *from, int row, int col, share_t *to) {
    for (int j = 0; j < to->cols; j++)
        memcpy(to->at + (size_t)j * (size_t)to->ld,
               from->at + (size_t)(col + j) * (size_t)from->ld + row,
               (size_t)to->rows * sizeof *to->at);
}

static void multiply(char op_a, char op_b, double alpha, const share_t *a, const share_t *b,
                     double beta, share_t *c) {
    CBLAS_TRANSPOSE ta = op_a == 'T' ? CblasTrans : CblasNoTrans;
    CBLAS_TRANSPOSE tb = op_b == 'T' ? CblasTrans : CblasNoTrans;
    cblas_dgemm(CblasColMajor, ta, tb, c->rows, c->cols, op_a == 'T' ? a->rows : a->cols, alpha,
                a->at, a->ld, b->at, b->ld, beta, c->at, c->ld);
}

static status_t symmetric(share_t *m, double *values, share_t *vectors) {
    copy(m, 0, 0, vectors);
    int info =
        LAPACKE_dsyevd(LAPACK_COL_MAJOR, 'V', 'L', m->rows, vectors->at, vectors->ld, values);
    CHECK(info == 0, STATUS_FAILED,
          "spectral: the eigenvalues of the %d x %d covariance did not converge (dsyevd: %d)",
          m->rows, m->rows, info);
    return STATUS_OK;
}

/* dgees without its ordering. */
static status_t schur(share_t *m, share_t *q, double *re, double *im) {
    int found, info = LAPACKE_dgees(LAPACK_COL_MAJOR, 'V', 'N', NULL, m->rows, m->at, m->ld, &found,
                                    re, im, q->at, q->ld);
    CHECK(info == 0, STATUS_FAILED,
          "spectral: the eigenvalues of a %d x %d operator did not converge (dgees: %d)", m->rows,
          m->rows, info);
    return STATUS_OK;
}

static void sum(const algebra_t *a, double *x, int n) { (void)a, (void)x, (void)n; }

const algebra_t algebra_lapack = {
    .name = "LAPACK",
    .ranks = 1,
    .take = take,
    .row = same,
    .col = same,
    .fill = fill,
    .gather = gather,
    .copy = copy,
    .multiply = multiply,
    .symmetric = symmetric,
    .schur = schur,
    .sum = sum,
};
