#include "spectral/schur.h"

#include <cblas.h>
#include <lapacke.h>
#include <math.h>
#include <string.h>

/* --- parameters of LAPACK's QR iteration --- */

/* LAPACK asks this function how to go about an eigenproblem (ilaenv, questions 12 to 17), and takes
 * ours for its own. From 590 on it would try 64 shifts at once (from 3000 on 128) and look for
 * converged eigenvalues among the last 96, which costs more than it finds. Half as many, and
 * looking again soon, are 1.5 to 1.9 times as fast at 768 to 1536; 48 for eigenvalues alone 1.2
 * times at 2048 and 3072 and 1.1 at 4096, for the whole form hardly; below 400 its own choice
 * stays. A library that does not ask keeps its parameters: they change the time, and rounding. */
int iparmq_(const int *question, const char *routine, const char *options, const int *n,
            const int *low, const int *high, const int *work, size_t length_routine,
            size_t length_options);

static int is_ours(int order) { return order >= 400 && order < 5000; }

/* Where they are LAPACK's: n over its binary logarithm, even, and 128. */
static int shifts(int order) {
    if (is_ours(order)) return order < 1800 ? 32 : 48;
    if (order >= 5000) return 128;
    if (order < 150) return order >= 60 ? 10 : order >= 30 ? 4 : 2;
    int count = (int)(order / lround(log2(order)));
    return count < 10 ? 10 : count - count % 2;
}

int iparmq_(const int *question, const char *routine, const char *options, const int *n,
            const int *low, const int *high, const int *work, size_t length_routine,
            size_t length_options) {
    int order = *high - *low + 1, count = shifts(order), asked = *question - 12;
    const int answers[] = {
        75,                                                      /* smaller: the old iteration   */
        order <= 500 && !is_ours(order) ? count : 3 * count / 2, /* window of deflation          */
        is_ours(order) ? 30 : 14, /* per cent of it found: look again before the next sweep       */
        count,                    /* shifts of a sweep                                            */
        count >= 14 ? 2 : 0,      /* their reflections as matrix products                         */
        10,                       /* cost of a product's flop beside another's                    */
    };
    (void)routine, (void)options, (void)n, (void)work, (void)length_routine, (void)length_options;
    return asked >= 0 && asked < (int)(sizeof answers / sizeof *answers) ? answers[asked] : -1;
}

/* --- the Schur form --- */

/* Enough for dgehrd, dorghr (block size up to 64 and its triangular factor), dhseqr and dtrevc. */
static int float_work(int n) {
    enum { BLOCK = 64, FACTOR = 65 * 64 };
    return n * BLOCK + FACTOR + 3 * n;
}

size_t schur_bytes(int n_max) {
    size_t vector = arena_round(sizeof(double) * (size_t)n_max);
    return 4 * dense_bytes(n_max, n_max) + 4 * vector +
           arena_round(sizeof(double) * (size_t)float_work(n_max));
}

schur_t schur_take(arena_t *arena, int n_max) {
    size_t vector = sizeof(double) * (size_t)n_max;
    return (schur_t){
        .t_store = dense_take(arena, n_max, n_max),
        .q_store = dense_take(arena, n_max, n_max),
        .right_store = dense_take(arena, n_max, n_max),
        .left_store = dense_take(arena, n_max, n_max),
        .real = arena_take(arena, vector),
        .imaginary = arena_take(arena, vector),
        .overlap = arena_take(arena, vector),
        .tau = arena_take(arena, vector),
        .work = arena_take(arena, sizeof(double) * (size_t)float_work(n_max)),
        .work_size = float_work(n_max),
    };
}

static void resize(schur_t *schur, int n) {
    schur->n = n;
    schur->t = dense_view(schur->t_store, 0, 0, n, n);
    schur->q = dense_view(schur->q_store, 0, 0, n, n);
    schur->right = dense_view(schur->right_store, 0, 0, n, n);
    schur->left = dense_view(schur->left_store, 0, 0, n, n);
}

/* B = Q H Q^T, H upper Hessenberg, left in t; in q too, unless only values are wanted. */
static void reduce_to_hessenberg(dense_t b, int wants_vectors, schur_t *schur) {
    int n = schur->n;
    dense_t t = schur->t, q = schur->q;
    dense_copy(b, t);
    LAPACKE_dgehrd_work(LAPACK_COL_MAJOR, n, 1, n, t.at, t.ld, schur->tau, schur->work,
                        schur->work_size);
    if (wants_vectors) {
        dense_copy(t, q);
        LAPACKE_dorghr_work(LAPACK_COL_MAJOR, n, 1, n, q.at, q.ld, schur->tau, schur->work,
                            schur->work_size);
    }
    for (int j = 0; j < n - 2; j++) /* below the subdiagonal dgehrd keeps its reflectors */
        memset(dense_column(t, j) + j + 2, 0, sizeof(double) * (size_t)(n - j - 2));
}

static status_t decompose(dense_t b, int wants_vectors, schur_t *schur) {
    CHECK(isfinite(dense_norm_frobenius(b)), STATUS_FAILED,
          "spectral: the operator is not finite; Y is too large beside X for a spectrum");
    resize(schur, b.rows);
    reduce_to_hessenberg(b, wants_vectors, schur);
    int info = LAPACKE_dhseqr_work(LAPACK_COL_MAJOR, wants_vectors ? 'S' : 'E',
                                   wants_vectors ? 'V' : 'N', schur->n, 1, schur->n, schur->t.at,
                                   schur->t.ld, schur->real, schur->imaginary, schur->q.at,
                                   schur->q.ld, schur->work, schur->work_size);
    CHECK(info == 0, STATUS_FAILED,
          "spectral: the eigenvalues of a %d x %d operator did not converge (dhseqr: %d)", schur->n,
          schur->n, info);
    return STATUS_OK;
}

status_t schur_decompose(dense_t b, schur_t *schur) { return decompose(b, 1, schur); }

status_t schur_values(dense_t b, schur_t *schur) { return decompose(b, 0, schur); }

/* Columns of one eigenvector: 1, or 2 for a conjugate pair. */
static int width(const schur_t *schur, int j) { return schur->imaginary[j] != 0 ? 2 : 1; }

static void normalise(const schur_t *schur, dense_t vectors) {
    for (int j = 0; j < schur->n; j += width(schur, j)) {
        double norm = 0;
        for (int k = 0; k < width(schur, j); k++)
            norm = hypot(norm, cblas_dnrm2(schur->n, dense_column(vectors, j + k), 1));
        for (int k = 0; k < width(schur, j); k++)
            cblas_dscal(schur->n, 1 / norm, dense_column(vectors, j + k), 1);
    }
}

void schur_overlap(const schur_t *schur, int j, double *re, double *im) {
    int n = schur->n, next = j + 1;
    const double *v = dense_column(schur->right, j), *u = dense_column(schur->left, j);
    *re = cblas_ddot(n, v, 1, u, 1);
    *im = 0;
    if (width(schur, j) == 1) return;
    const double *v_im = dense_column(schur->right, next), *u_im = dense_column(schur->left, next);
    *re += cblas_ddot(n, v_im, 1, u_im, 1);
    *im = cblas_ddot(n, v, 1, u_im, 1) - cblas_ddot(n, v_im, 1, u, 1);
}

status_t schur_eigenvectors(schur_t *schur) {
    int found,
        info = LAPACKE_dtrevc_work(LAPACK_COL_MAJOR, 'B', 'A', NULL, schur->n, schur->t.at,
                                   schur->t.ld, schur->left.at, schur->left.ld, schur->right.at,
                                   schur->right.ld, schur->n, &found, schur->work);
    CHECK(info == 0, STATUS_BUG, "spectral: dtrevc refused argument %d", -info);
    normalise(schur, schur->right);
    normalise(schur, schur->left);
    for (int j = 0; j < schur->n; j += width(schur, j)) {
        double re, im;
        schur_overlap(schur, j, &re, &im);
        for (int k = 0; k < width(schur, j); k++) schur->overlap[j + k] = hypot(re, im);
    }
    return STATUS_OK;
}

double schur_radius(const schur_t *schur) {
    double radius = 0;
    for (int j = 0; j < schur->n; j++)
        radius = fmax(radius, hypot(schur->real[j], schur->imaginary[j]));
    return radius;
}

double schur_henrici(const schur_t *schur) {
    double squares = 0;
    for (int j = 0; j < schur->n; j++) {
        const double *column = dense_column(schur->t, j);
        int pair_below = j > 0 && schur->imaginary[j] < 0; /* second column of a 2x2 block */
        for (int i = 0; i < j - pair_below; i++) squares += column[i] * column[i];
        if (pair_below) { /* [[a, b], [c, a]] has eigenvalues a +- sqrt(bc), bc < 0 */
            double excess = fabs(column[j - 1]) - fabs(dense_column(schur->t, j - 1)[j]);
            squares += excess * excess;
        }
    }
    double norm = dense_norm_frobenius(schur->t);
    return norm > 0 ? sqrt(squares) / norm : 0;
}

/* Real matrices with the singular values of V and of V^-1: a pair (re, im) of columns times
 * sqrt(2) differs from the two conjugate columns by a unitary matrix. */
static void real_form(const schur_t *schur, dense_t vectors, int divide_by_overlap, dense_t out) {
    for (int j = 0; j < schur->n; j += width(schur, j)) {
        int count = width(schur, j);
        double factor = count == 2 ? sqrt(2) : 1;
        if (divide_by_overlap) factor /= schur->overlap[j];
        for (int k = 0; k < count; k++) {
            memcpy(dense_column(out, j + k), dense_column(vectors, j + k),
                   sizeof(double) * (size_t)schur->n);
            cblas_dscal(schur->n, factor, dense_column(out, j + k), 1);
        }
    }
}

double schur_kappa(const schur_t *schur, dense_t work) {
    work = dense_view(work, 0, 0, schur->n, schur->n);
    for (int j = 0; j < schur->n; j++)
        if (schur->overlap[j] == 0) return INFINITY;
    real_form(schur, schur->right, 0, work);
    double norm = dense_norm2(work, schur->work);
    real_form(schur, schur->left, 1, work);
    return norm * dense_norm2(work, schur->work);
}
