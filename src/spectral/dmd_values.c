#include "spectral/dmd_values.h"

#include <cblas.h>
#include <lapacke.h>
#include <math.h>

/* The estimated condition number is of the 1-norm, so the spread of variances is less; an estimate
 * is too small by a factor of 3 at most, in practice. */
static const double DOUBT = 10;

static void solve(CBLAS_SIDE side, CBLAS_TRANSPOSE op, dense_t lower, dense_t m) {
    cblas_dtrsm(CblasColMajor, side, CblasLower, op, CblasNonUnit, m.rows, m.cols, 1, lower.at,
                lower.ld, m.at, m.ld);
}

/* m = m lower */
static void multiply_lower(dense_t m, dense_t lower) {
    cblas_dtrmm(CblasColMajor, CblasRight, CblasLower, CblasNoTrans, CblasNonUnit, m.rows, m.cols,
                1, lower.at, lower.ld, m.at, m.ld);
}

/* m (its lower triangle) becomes its Cholesky factor, zeros above; 0: it has none. */
static int factorise(dense_t m) {
    int info = LAPACKE_dpotrf_work(LAPACK_COL_MAJOR, 'L', m.rows, m.at, m.ld);
    for (int j = 1; j < m.cols; j++)
        for (int i = 0; i < j; i++) dense_column(m, j)[i] = 0;
    return info == 0;
}

/* max over columns of the sum of moduli: at least the 2-norm. */
static double norm_1(dense_t m) {
    double norm = 0;
    for (int j = 0; j < m.cols; j++) norm = fmax(norm, cblas_dasum(m.rows, dense_column(m, j), 1));
    return norm;
}

/* C -> *f, C + epsilon I -> *l; the reciprocal of C's condition number, 0 where it has none. */
static double factorise_covariances(dense_t x, double epsilon, whitening_t *whitening, dense_t f,
                                    dense_t l) {
    double inverse = 0;
    dense_gram(1.0 / (x.cols - 1), x, f);
    double norm = norm_1(f);
    int is_finite = isfinite(dense_norm_frobenius(f));
    dense_copy(f, l);
    for (int i = 0; i < l.rows; i++) dense_column(l, i)[i] += epsilon;
    if (!is_finite || !factorise(f) || !factorise(l)) return 0;
    LAPACKE_dpocon_work(LAPACK_COL_MAJOR, 'L', f.rows, f.at, f.ld, norm, &inverse, whitening->work,
                        whitening->work_int);
    return inverse;
}

/* k += y X^T/(N-1) C^(-1), and y -= that times X. Repeated, it refines. */
static void regress(dense_t x, dense_t y, dense_t f, dense_t step, dense_t k) {
    dense_multiply_nt(1.0 / (x.cols - 1), y, x, 0, step);
    solve(CblasRight, CblasTrans, f, step);
    solve(CblasRight, CblasNoTrans, f, step);
    dense_multiply_nn(-1, step, x, 1, y);
    for (int j = 0; j < k.cols; j++)
        cblas_daxpy(k.rows, 1, dense_column(step, j), 1, dense_column(k, j), 1);
}

/* f becomes M = L^(-1) F: the covariance of Xw is M M^T. work = (op - I) M. */
static void measure(dense_t op, dense_t e, dense_t f, dense_t l, dense_t work, int samples,
                    dmd_norms_t *norms) {
    solve(CblasLeft, CblasNoTrans, l, e);
    solve(CblasLeft, CblasNoTrans, l, f);
    dense_copy(op, work);
    for (int i = 0; i < work.rows; i++) dense_column(work, i)[i] -= 1;
    multiply_lower(work, f);
    norms->residual = dense_norm_frobenius(e) / sqrt(samples - 1.0);
    norms->change = hypot(norms->residual, dense_norm_frobenius(work));
    norms->size = dense_norm_frobenius(f);
}

int dmd_fit_values(dense_t x, dense_t y, double epsilon, double rank_tolerance,
                   whitening_t *whitening, dmd_t *dmd, dmd_norms_t *norms) {
    int d = x.rows;
    dense_t f = whitening->u, l = whitening->rotated, op = {d, d, dmd->op.ld, dmd->op.at};
    double inverse = factorise_covariances(x, epsilon, whitening, f, l);
    if (!(inverse > DOUBT * rank_tolerance)) return 0;
    for (int j = 0; j < d; j++)
        for (int i = 0; i < d; i++) dense_column(op, j)[i] = 0;
    int passes = inverse * DMD_WELL_CONDITIONED < 1 ? 2 : 1;
    while (passes--) regress(x, y, f, dmd->step, op);
    multiply_lower(op, l);
    solve(CblasLeft, CblasNoTrans, l, op);
    measure(op, y, f, l, dmd->product, x.cols, norms);
    dmd->op = op;
    dmd->rank = d;
    return 1;
}
