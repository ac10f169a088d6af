/* Dense algebra over ranks is that of one process: eigenvalues of non-normal, clustered and
 * rank-deficient problems by ScaLAPACK against LAPACK. Alone it runs on one rank; test_ranks.sh
 * runs it on several. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/rng.h"
#include "grid/scalapack.h"
#include "kernel/gemm.h"
#include "spectral/shared_values.h"

static grid_t grid;

/* Under the address sanitizer: Open MPI leaks in modules that are unloaded at the end, so that no
 * suppression knows their names. */
const char *__asan_default_options(void);
const char *__asan_default_options(void) { return "detect_leaks=0"; }

static double *normals(const char *stream, size_t count) {
    rng_t rng = rng_open(5, 0, stream, 0);
    double *x = calloc(count, sizeof *x);
    for (size_t i = 0; i < count; i++) x[i] = rng_normal(&rng);
    return x;
}

/* --- one operation at a time --- */

static double whole_error(const share_t *m, const double *expected) {
    double worst = 0;
    for (int j = 0; j < m->local_cols; j++)
        for (int i = 0; i < m->local_rows; i++) {
            int row = m->algebra->row(m, i), col = m->algebra->col(m, j);
            double entry = m->at[(size_t)j * (size_t)m->ld + (size_t)i];
            worst =
                fmax(worst, fabs(entry - expected[(size_t)col * (size_t)m->rows + (size_t)row]));
        }
    m->algebra->sum(m->algebra, &worst, 1);
    return worst;
}

static void shares_hold_the_whole(void **state) {
    (void)state;
    enum { ROWS = 150, COLS = 130 };
    share_t m, part;
    double *x = normals("x", ROWS * COLS), rows[ROWS], cols[COLS], *block = calloc(70 * 60, 8);
    assert_int_equal(grid.algebra.take(&grid.algebra, ROWS, COLS, &m), STATUS_OK);
    assert_int_equal(grid.algebra.take(&grid.algebra, 70, 60, &part), STATUS_OK);
    grid.algebra.fill(&m, grid.rank ? NULL : x);
    assert_true(whole_error(&m, x) == 0);
    grid.algebra.copy(&m, 80, 70, &part);
    for (int j = 0; j < 60; j++)
        for (int i = 0; i < 70; i++) block[j * 70 + i] = x[(70 + j) * ROWS + 80 + i];
    assert_true(whole_error(&part, block) == 0);
    for (int i = 0; i < ROWS; i++) rows[i] = i + 1;
    for (int j = 0; j < COLS; j++) cols[j] = 1 / (j + 2.0);
    share_scale(&m, rows, cols);
    for (int j = 0; j < COLS; j++)
        for (int i = 0; i < ROWS; i++) x[j * ROWS + i] *= rows[i] * cols[j];
    assert_true(whole_error(&m, x) < 1e-12);
    share_drop(&m);
    share_drop(&part);
    free(block);
    free(x);
}

static int by_value(const void *a, const void *b) {
    const double *x = a, *y = b;
    if (fabs(x[0] - y[0]) > 1e-9) return x[0] < y[0] ? -1 : 1;
    return (x[1] > y[1]) - (x[1] < y[1]);
}

/* Eigenvalues of a matrix by a row, sorted. */
static double *eigenvalues(const algebra_t *a, int n, const double *from) {
    share_t m, q;
    double *re = calloc(2 * (size_t)n, sizeof *re), *im = re + n, *pairs = calloc(2 * (size_t)n, 8);
    assert_int_equal(a->take(a, n, n, &m), STATUS_OK);
    assert_int_equal(a->take(a, n, n, &q), STATUS_OK);
    a->fill(&m, grid.rank && a != &algebra_lapack ? NULL : from);
    if (a->schur(&m, &q, re, im)) fail_msg("%s", status_message());
    for (int k = 0; k < n; k++) pairs[2 * k] = re[k], pairs[2 * k + 1] = im[k];
    qsort(pairs, (size_t)n, 2 * sizeof *pairs, by_value);
    share_drop(&m);
    share_drop(&q);
    free(re);
    return pairs;
}

/* The farthest that an eigenvalue of one is from the nearest of the other, over the largest. */
static double distance(int n, const double *a, const double *b) {
    double worst = 0, size = 0;
    for (int i = 0; i < n; i++) {
        double nearest = INFINITY;
        for (int j = 0; j < n; j++)
            nearest = fmin(nearest, hypot(a[2 * i] - b[2 * j], a[2 * i + 1] - b[2 * j + 1]));
        worst = fmax(worst, nearest);
        size = fmax(size, hypot(b[2 * i], b[2 * i + 1]));
    }
    return worst / size;
}

static void claim_same_eigenvalues(const char *what, int n, const double *m) {
    double *found = eigenvalues(&grid.algebra, n, m),
           *expected = eigenvalues(&algebra_lapack, n, m);
    double error = fmax(distance(n, found, expected), distance(n, expected, found));
    if (grid.rank == 0) print_message("%s, n = %d, %d ranks: %.1e\n", what, n, grid.ranks, error);
    assert_true(error < 1e-8);
    free(found);
    free(expected);
}

static void full_matrices_have_their_eigenvalues(void **state) {
    (void)state;
    static const int sizes[] = {1, 2, 5, 64, 100, 130, 256};
    for (size_t k = 0; k < sizeof sizes / sizeof *sizes; k++) {
        int n = sizes[k];
        double *m = normals("m", (size_t)(n * n));
        claim_same_eigenvalues("full", n, m);
        free(m);
    }
}

/* Far above the diagonal, eigenvalues that hardly hang together. */
static void non_normal_matrices_have_their_eigenvalues(void **state) {
    (void)state;
    enum { N = 128 };
    double *m = normals("m", N * N);
    for (int j = 0; j < N; j++)
        for (int i = 0; i < N; i++)
            m[j * N + i] = i == j ? 0.5 + j / (double)N : i < j ? m[j * N + i] / N : 0;
    claim_same_eigenvalues("triangular", N, m);
    free(m);
}

/* Q diag(values) Q^T, half of them 1 and the rest near it. */
static void clustered_eigenvalues_are_found(void **state) {
    (void)state;
    enum { N = 128 };
    double *v = normals("v", N), *m = calloc(N * N, sizeof *m), size = 0;
    for (int i = 0; i < N; i++) size += v[i] * v[i];
    for (int j = 0; j < N; j++)
        for (int i = 0; i < N; i++) { /* H D H with a Householder matrix H = I - 2 v v^T / |v|^2 */
            double sum = 0;
            for (int k = 0; k < N; k++) {
                double left = (i == k) - 2 * v[i] * v[k] / size;
                double right = (k == j) - 2 * v[k] * v[j] / size;
                sum += left * (k < N / 2 ? 1 : 1 + 1e-3 * k) * right;
            }
            m[j * N + i] = sum;
        }
    claim_same_eigenvalues("clustered", N, m);
    free(m);
    free(v);
}

/* --- a transition --- */

static void check_transition(int d, int samples, int rank) {
    double *x = normals("x", (size_t)(d * samples)), *k = normals("k", (size_t)(d * d));
    double *y = normals("noise", (size_t)(d * samples)), *mix = normals("mix", (size_t)(d * d));
    double *lambda = calloc(2 * (size_t)d, sizeof *lambda),
           *raw = normals("x", (size_t)(d * samples));
    rksp_workspace_t *workspace;
    rksp_result_t local, shared;
    for (int s = 0; s < samples; s++) /* of rank `rank`: combinations of so many directions */
        for (int i = 0; i < d; i++) {
            double sum = 0;
            for (int j = 0; j < rank; j++) sum += mix[j * d + i] * raw[s * d + j];
            x[s * d + i] = sum;
        }
    for (int s = 0; s < samples; s++)
        for (int i = 0; i < d; i++) {
            double sum = 0.1 * y[s * d + i] + x[s * d + i];
            for (int j = 0; j < d; j++) sum += 0.5 / sqrt(d) * k[j * d + i] * x[s * d + j];
            y[s * d + i] = sum;
        }
    for (int i = 0; i < d; i++) { /* centred */
        double mean_x = 0, mean_y = 0;
        for (int s = 0; s < samples; s++) mean_x += x[s * d + i], mean_y += y[s * d + i];
        for (int s = 0; s < samples; s++)
            x[s * d + i] -= mean_x / samples, y[s * d + i] -= mean_y / samples;
    }
    assert_int_equal(rksp_create(d, samples, &rksp_defaults, &workspace), STATUS_OK);
    assert_int_equal(rksp_profile_f64(workspace, x, y, d, &local), STATUS_OK);
    const algebra_t *rows[] = {&algebra_lapack, &grid.algebra};
    for (int r = 0; r < 2; r++) {
        int is_mine = r == 0 || grid.rank == 0;
        if (shared_values(rows[r], &rksp_defaults, d, samples, is_mine ? x : NULL,
                          is_mine ? y : NULL, lambda, &shared))
            fail_msg("%s", status_message());
        assert_int_equal(shared.rank, local.rank);
        assert_int_equal(shared.rank, rank);
        assert_true(distance(rank, lambda, local.lambda) < 1e-8);
        assert_true(fabs(shared.rho - local.rho) < 1e-8 * local.rho);
        assert_true(fabs(shared.eta_nl - local.eta_nl) < 1e-8 * local.eta_nl);
        assert_true(fabs(shared.change - local.change) < 1e-8 * local.change);
        assert_true(shared.all.near_unit == local.all.near_unit);
        assert_true(shared.all.expansive == local.all.expansive);
    }
    rksp_destroy(&workspace);
    free(x), free(y), free(k), free(mix), free(raw), free(lambda);
}

static void a_transition_has_the_spectrum_of_one_process(void **state) {
    (void)state;
    check_transition(20, 100, 20);
    check_transition(100, 400, 100);
}

static void structural_zeros_are_not_counted(void **state) {
    (void)state;
    check_transition(100, 300, 70);
}

int main(int argc, char **argv) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(shares_hold_the_whole),
        cmocka_unit_test(full_matrices_have_their_eigenvalues),
        cmocka_unit_test(non_normal_matrices_have_their_eigenvalues),
        cmocka_unit_test(clustered_eigenvalues_are_found),
        cmocka_unit_test(a_transition_has_the_spectrum_of_one_process),
        cmocka_unit_test(structural_zeros_are_not_counted),
    };
    MPI_Init(&argc, &argv);
    gemm_start(1);
    grid_open(MPI_COMM_WORLD, &grid);
    int failures = cmocka_run_group_tests(tests, NULL, NULL);
    grid_close(&grid);
    MPI_Finalize();
    return failures;
}
