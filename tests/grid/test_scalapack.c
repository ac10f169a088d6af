/* Dense algebra over ranks is that of one process: eigenvalues of full, non-normal, clustered and
 * rank-deficient matrices by ScaLAPACK against LAPACK, 1e-8. Alone it runs on one rank;
 * test_ranks.sh runs it on several.
 *
 * usage: test_scalapack [n]...     with sizes: the eigenvalues of matrices so large alone
 *        test_scalapack alone      rank 0 calls and the others do not: must end with code 7 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "grid/scalapack.h"
#include "kernel/gemm.h"
#include "spectral/matrices.h"
#include "spectral/shared_profile.h"
#include "spectral/shared_vectors.h"

static grid_t grid;

/* Under the address sanitizer: Open MPI leaks in modules that are unloaded at the end, so that no
 * suppression knows their names. */
const char *__asan_default_options(void);
const char *__asan_default_options(void) { return "detect_leaks=0"; }

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
    double *x = draw_normals("x", ROWS * COLS), rows[ROWS], cols[COLS], *block = calloc(70 * 60, 8);
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

/* Eigenvalues (re, im) of a matrix by a row; of the whole on rank 0, NULL elsewhere. */
static double *eigenvalues(const algebra_t *a, int n, const double *from) {
    share_t m, q;
    double *re = calloc(2 * (size_t)n, sizeof *re), *im = re + n, *pairs = calloc(2 * (size_t)n, 8);
    assert_int_equal(a->take(a, n, n, &m), STATUS_OK);
    assert_int_equal(a->take(a, n, n, &q), STATUS_OK);
    a->fill(&m, from);
    if (a->schur(&m, &q, re, im)) fail_msg("%s", status_message());
    for (int k = 0; k < n; k++) pairs[2 * k] = re[k], pairs[2 * k + 1] = im[k];
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
            nearest =
                fmin(nearest, pow(a[2 * i] - b[2 * j], 2) + pow(a[2 * i + 1] - b[2 * j + 1], 2));
        worst = fmax(worst, sqrt(nearest));
        size = fmax(size, hypot(b[2 * i], b[2 * i + 1]));
    }
    return worst / size;
}

/* Of the same multiplicities, as far as their sums tell. */
static double difference_of_sums(int n, const double *a, const double *b) {
    double sum = 0;
    for (int i = 0; i < n; i++) sum += a[2 * i] - b[2 * i];
    return fabs(sum) / n;
}

/* On rank 0, LAPACK's eigenvalues too. */
static void claim_same_eigenvalues(const struct kind *kind, int n) {
    double *m = grid.rank ? NULL : calloc((size_t)n * (size_t)n, sizeof *m), error = 0, sums = 0;
    if (m) kind->fill(n, m);
    double start = clock_seconds(), *found = eigenvalues(&grid.algebra, n, m);
    double took = clock_seconds() - start;
    if (m) {
        double *expected = eigenvalues(&algebra_lapack, n, m);
        error = fmax(distance(n, found, expected), distance(n, expected, found));
        sums = difference_of_sums(n, found, expected);
        print_message("%s, n = %d, %d ranks: %.1e, sums %.1e, %.1f s\n", kind->name, n, grid.ranks,
                      error, sums, took);
        free(expected);
    }
    grid.algebra.sum(&grid.algebra, &error, 1);
    grid.algebra.sum(&grid.algebra, &sums, 1);
    assert_true(error < 1e-8);
    assert_true(sums < 1e-8);
    free(found);
    free(m);
}

/* Of the command line, where it names any. */
enum { SIZES_MAX = 16 };
static int sizes[SIZES_MAX] = {1, 2, 5, 64, 130, 256}, size_count = 6, is_large;

static void claim_sizes(const struct kind *kind) {
    for (int k = 0; k < size_count; k++)
        if (is_large || (sizes[k] >= 5 && sizes[k] <= 130)) claim_same_eigenvalues(kind, sizes[k]);
}

static void full_matrices_have_their_eigenvalues(void **state) {
    (void)state;
    /* From 220 on PDHSEQR takes many messages, and most on a grid of 1 x 2: left to `make ranks`.
     */
    for (int k = 0; k < size_count; k++)
        claim_same_eigenvalues(&kinds[0],
                               is_large || grid.ranks != 2 || sizes[k] < 220 ? sizes[k] : 200);
}

static void non_normal_matrices_have_their_eigenvalues(void **state) {
    (void)state;
    claim_sizes(&kinds[1]);
}

static void clustered_eigenvalues_are_found(void **state) {
    (void)state;
    claim_sizes(&kinds[2]);
}

static void zeros_of_deficient_matrices_are_found(void **state) {
    (void)state;
    claim_sizes(&kinds[3]);
}

/* --- a transition --- */

static void compare_numbers(const char *what, double found, double expected, double tolerance) {
    if (found == expected) return; /* also Inf */
    if (!(fabs(found - expected) <= tolerance * fabs(expected)))
        fail_msg("%s: %.15g, not %.15g", what, found, expected);
}

static int by_size(const void *a, const void *b) {
    const double *x = a, *y = b;
    return (*x > *y) - (*x < *y);
}

/* In the order of their sizes: eigenvalues of nearly one real part may change places. */
static void compare_residuals(int n, const double *found, const double *expected) {
    double *sorted = calloc(2 * (size_t)n, sizeof *sorted);
    memcpy(sorted, found, (size_t)n * sizeof *sorted);
    memcpy(sorted + n, expected, (size_t)n * sizeof *sorted);
    for (int k = 0; k < 2; k++) qsort(sorted + k * n, (size_t)n, sizeof *sorted, by_size);
    for (int j = 0; j < n; j++) compare_numbers("residual", sorted[j], sorted[n + j], 1e-8);
    free(sorted);
}

static void compare(const rksp_result_t *found, const rksp_result_t *expected) {
    compare_numbers("rank", found->rank, expected->rank, 0);
    compare_numbers("rho", found->rho, expected->rho, 1e-8);
    compare_numbers("eta_nl", found->eta_nl, expected->eta_nl, 1e-8);
    compare_numbers("change", found->change, expected->change, 1e-8);
    compare_numbers("near unit", found->all.near_unit, expected->all.near_unit, 0);
    compare_numbers("expansive", found->all.expansive, expected->all.expansive, 0);
    compare_numbers("reliable", found->reliable_share, expected->reliable_share, 0);
    compare_numbers("reliable, near unit", found->reliable.near_unit, expected->reliable.near_unit,
                    0);
    compare_numbers("kappa", found->kappa_v, expected->kappa_v, 1e-8);
    compare_numbers("Henrici", found->henrici, expected->henrici, 1e-8);
    compare_numbers("Kreiss", found->kreiss, expected->kreiss, 1e-6);
    compare_numbers("Kreiss, scaled", found->kreiss_scaled, expected->kreiss_scaled, 1e-6);
    compare_residuals(found->rank, found->residual, expected->residual);
}

static void check_transition(int d, int samples, int rank) {
    double *x = draw_normals("x", (size_t)(d * samples)), *k = draw_normals("k", (size_t)(d * d));
    double *y = draw_normals("noise", (size_t)(d * samples)),
           *mix = draw_normals("mix", (size_t)(d * d));
    double *lambda = calloc(3 * (size_t)d, sizeof *lambda), *residual = lambda + 2 * d,
           *raw = draw_normals("x", (size_t)(d * samples));
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
        if (shared_profile(rows[r], &rksp_defaults, d, samples, is_mine ? x : NULL,
                           is_mine ? y : NULL, lambda, residual, &shared))
            fail_msg("%s", status_message());
        assert_int_equal(shared.rank, rank);
        assert_true(distance(rank, lambda, local.lambda) < 1e-8);
        compare(&shared, &local);
    }
    rksp_destroy(&workspace);
    free(x), free(y), free(k), free(mix), free(raw), free(lambda);
}

static void a_transition_has_the_profile_of_one_process(void **state) {
    (void)state;
    if (!is_large) check_transition(20, 100, 20);
    if (!is_large) check_transition(100, 400, 100);
    for (int k = 0; is_large && k < size_count && sizes[k] <= 512; k++)
        check_transition(sizes[k], 3 * sizes[k], sizes[k]);
}

static void structural_zeros_are_not_counted(void **state) {
    (void)state;
    check_transition(100, 300, 70);
}

/* m = R^T m R with a rotation of the rows and columns k and k + 1. */
static void turn(int n, double angle, int k, double *m) {
    double c = cos(angle), s = sin(angle);
    cblas_drot(n, m + k * n, 1, m + (k + 1) * n, 1, c, s);
    cblas_drot(n, m + k, n, m + k + 1, n, c, s);
}

/* T and e turned alike: the eigenvectors' numbers, of T in LAPACK's form or not. */
static rksp_result_t numbers_of(const algebra_t *a, int n, const double *t, const double *e,
                                double *residual) {
    share_t shares[3];
    double re[8] = {0}, im[8] = {0}, weight[8], one[64] = {0};
    const double *from[] = {t, e, one};
    rksp_result_t result = {0};
    for (int i = 0; i < n; i++) weight[i] = one[i * n + i] = 1;
    for (int k = 0; k < 3; k++) {
        assert_int_equal(a->take(a, n, n, &shares[k]), STATUS_OK);
        a->fill(&shares[k], from[k]);
    }
    if (shared_vectors(&rksp_defaults, &shares[0], &shares[2], re, im, &shares[1], weight, residual,
                       &result))
        fail_msg("%s", status_message());
    for (int k = 0; k < 3; k++) share_drop(&shares[k]);
    result.rank = n;
    return result;
}

/* Blocks of two real eigenvalues, pairs of unlike diagonal elements, rounding below the diagonal:
 * PDHSEQR may leave them. */
static void blocks_need_not_be_those_of_lapack(void **state) {
    (void)state;
    enum { N = 8 };
    double *t = draw_normals("t", N * N), *e = draw_normals("e", N * N), square[N * N];
    double plain[N], other[N];
    cblas_dgemm(CblasColMajor, CblasNoTrans, CblasTrans, N, N, N, 1, e, N, e, N, 0, square, N);
    for (int j = 0; j < N; j++)
        for (int i = j; i < N; i++) t[j * N + i] = i == j ? 0.2 + 0.1 * i : 0;
    t[3 * N + 3] = t[4 * N + 4], t[4 * N + 3] = 0.7, t[3 * N + 4] = -0.3; /* a pair */
    rksp_result_t standard = numbers_of(&grid.algebra, N, t, square, plain);
    turn(N, 0.4, 3, t), turn(N, 0.4, 3, square);
    turn(N, 0.7, 1, t), turn(N, 0.7, 1, square);
    turn(N, 0.2, 6, t), turn(N, 0.2, 6, square);
    t[2 * N + 3] = 1e-18, t[5 * N + 6] = -1e-18;
    rksp_result_t turned = numbers_of(&grid.algebra, N, t, square, other);
    compare_numbers("kappa", turned.kappa_v, standard.kappa_v, 1e-10);
    compare_numbers("Henrici", turned.henrici, standard.henrici, 1e-10);
    compare_numbers("Kreiss", turned.kreiss_scaled, standard.kreiss_scaled, 1e-6);
    compare_residuals(N, other, plain);
    free(t), free(e);
}

static void take_sizes(int argc, char **argv) {
    is_large = 1;
    size_count = argc - 1 < SIZES_MAX ? argc - 1 : SIZES_MAX;
    for (int k = 0; k < size_count; k++) sizes[k] = atoi(argv[k + 1]);
}

/* Rank 0 asks for a product in which nobody joins; it must not wait for ever. */
static int wait_in_vain(void) {
    share_t m, copy, product;
    double *x = draw_normals("m", 200 * 200);
    grid.algebra.take(&grid.algebra, 200, 200, &m);
    grid.algebra.take(&grid.algebra, 200, 200, &copy);
    grid.algebra.take(&grid.algebra, 200, 200, &product);
    grid.algebra.fill(&m, grid.rank ? NULL : x);
    grid.algebra.copy(&m, 0, 0, &copy);
    while (grid.rank) pause();
    grid.patience = 2;
    grid.algebra.multiply('N', 'N', 1, &m, &copy, 0, &product);
    return 1;
}

int main(int argc, char **argv) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(full_matrices_have_their_eigenvalues),
        cmocka_unit_test(non_normal_matrices_have_their_eigenvalues),
        cmocka_unit_test(clustered_eigenvalues_are_found),
        cmocka_unit_test(zeros_of_deficient_matrices_are_found),
        cmocka_unit_test(a_transition_has_the_profile_of_one_process),
        cmocka_unit_test(shares_hold_the_whole),
        cmocka_unit_test(blocks_need_not_be_those_of_lapack),
        cmocka_unit_test(structural_zeros_are_not_counted),
    };
    size_t count = argc > 1 ? KINDS + 1 : sizeof tests / sizeof *tests;
    MPI_Init(&argc, &argv);
    gemm_start(1);
    grid_open(MPI_COMM_WORLD, &grid);
    if (argc > 1 && strcmp(argv[1], "alone") == 0) return wait_in_vain();
    if (argc > 1) take_sizes(argc, argv);
    int failures = _cmocka_run_group_tests("ScaLAPACK", tests, count, NULL, NULL);
    grid_close(&grid);
    MPI_Finalize();
    return failures;
}
