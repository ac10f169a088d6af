/* Resolvent norms and Kreiss constants. Oracle for the norms: a dense SVD. */
#include "spectral/layer.h"

#include <complex.h>
#include <lapacke.h>

#include "spectral/kreiss.h"

enum { N_MAX = 96 };
static arena_t arena;
static schur_t schur;
static kreiss_t kreiss;
static dense_t b;

static int begin(void **state) {
    (void)state;
    if (arena_create(schur_bytes(N_MAX) + kreiss_bytes(N_MAX) + dense_bytes(N_MAX, N_MAX),
                     &arena) != STATUS_OK)
        return 1;
    schur = schur_take(&arena, N_MAX);
    kreiss = kreiss_take(&arena, N_MAX);
    b = dense_take(&arena, N_MAX, N_MAX);
    return 0;
}

static int end(void **state) {
    (void)state;
    arena_destroy(&arena);
    return 0;
}

static void decompose(int n, const double *rows) {
    b = dense_view(b, 0, 0, n, n);
    for (int i = 0; i < n; i++)
        for (int j = 0; j < n; j++) dense_column(b, j)[i] = rows[i * n + j];
    assert_int_equal(schur_decompose(b, &schur), STATUS_OK);
    assert_int_equal(schur_eigenvectors(&schur), STATUS_OK);
}

static double constant(int n, const double *rows) {
    double plain, scaled;
    decompose(n, rows);
    kreiss_constants(&kreiss, &schur, &plain, &scaled);
    return plain;
}

/* 1 / smallest singular value of zI - rows, from its real form [[Re, -Im], [Im, Re]]. */
static double dense_resolvent_norm(int n, const double *rows, double complex z) {
    int m = 2 * n;
    double *real_form = calloc((size_t)(m * m), sizeof *real_form);
    double *s = calloc((size_t)m, sizeof *s), norm;
    for (int i = 0; i < n; i++) {
        for (int j = 0; j < n; j++)
            real_form[i * m + j] = real_form[(i + n) * m + j + n] = -rows[i * n + j];
        real_form[i * m + i] += creal(z);
        real_form[(i + n) * m + i + n] += creal(z);
        real_form[i * m + i + n] = -cimag(z);
        real_form[(i + n) * m + i] = cimag(z);
    }
    int info = LAPACKE_dgesdd(LAPACK_COL_MAJOR, 'N', m, m, real_form, m, s, NULL, 1, NULL, 1);
    norm = 1 / s[m - 1];
    free(real_form);
    free(s);
    assert_int_equal(info, 0);
    return norm;
}

/* Random n x n with spectral radius `radius`, far from normal when `shear` is large. */
static double *contraction(int n, double radius, double shear, const char *purpose) {
    double *rows = normals(purpose, (size_t)(n * n));
    for (int i = 0; i < n; i++)
        for (int j = 0; j < n; j++) rows[i * n + j] *= j > i ? shear : 1;
    decompose(n, rows);
    double factor = radius / schur_radius(&schur);
    for (int i = 0; i < n * n; i++) rows[i] *= factor;
    return rows;
}

/* --- resolvent --- */

static void resolvent_norms_equal_the_svd(void **state) {
    (void)state;
    for (int n = 1; n <= N_MAX; n += 19) { /* one and several blocks, odd and even */
        double *rows = contraction(n, 0.95, 1.5, "resolvent");
        double complex z[RESOLVENT_POINTS];
        double norm[RESOLVENT_POINTS];
        for (int p = 0; p < RESOLVENT_POINTS; p++) z[p] = (1.001 + 0.02 * p) * cexp(I * 0.37 * p);
        decompose(n, rows);
        resolvent_norms(&kreiss.resolvent, schur.t, RESOLVENT_POINTS, z, 1e-12, norm);
        for (int p = 0; p < RESOLVENT_POINTS; p++) {
            double exact = dense_resolvent_norm(n, rows, z[p]);
            assert_true(norm[p] <= exact * (1 + 1e-10)); /* from below */
            assert_close(norm[p], exact, 1e-5 * exact);
        }
        free(rows);
    }
}

/* --- closed forms --- */

static void normal_contractions_have_one(void **state) {
    (void)state;
    assert_close(constant(1, (const double[]){0.3}), 1, 1e-12);
    assert_close(constant(2, (const double[]){0.9, 0, 0, -0.2}), 1, 1e-12);
    assert_close(constant(2, (const double[]){0, -1, 1, 0}), 1, 1e-12); /* on the circle */
    assert_close(constant(3, (const double[]){1, 0, 0, 0, 1, 0, 0, 0, 1}), 1, 1e-12);
}

/* A = [[0, a], [0, 0]]: |(zI-A)^-1| = largest singular value of [[1, a/z], [0, 1]] / |z|, a
 * function of |z| alone, maximised here by bisection of its slope on a fine scale. */
static double nilpotent(double a) {
    double best = 1;
    for (double r = 1 + 1e-6; r < 1e4; r += 1e-4 * (r - 1)) {
        double c = a / r, norm = (c + sqrt(c * c + 4)) / 2 / r;
        best = fmax(best, (r - 1) * norm);
    }
    return best;
}

static void nilpotent_blocks(void **state) {
    (void)state;
    for (double a = 1; a < 1e5; a *= 9) {
        double exact = nilpotent(a);
        assert_close(constant(2, (const double[]){0, a, 0, 0}), exact, 1e-6 * exact);
    }
}

/* An eigenvalue on the circle: the supremum is its condition number, met only in the limit. For
 * [[1, a], [0, 0]] that is sqrt(1 + a^2), larger than the value anywhere outside. */
static void an_eigenvalue_on_the_circle(void **state) {
    (void)state;
    double a = 40;
    assert_close(constant(2, (const double[]){1, a, 0, 0}), hypot(1, a), 1e-9 * a);
}

/* Just inside the circle it is a peak, as near to the circle as the eigenvalue is. */
static void an_eigenvalue_just_inside(void **state) {
    (void)state;
    for (double gap = 1e-2; gap > 1e-7; gap *= 0.1) {
        const double rows[9] = {1 - gap, 40, 3, 0, 0, 5, 0, 0, -0.5};
        double k = constant(3, rows), best = 0;
        for (double s = log(gap) - 4; s < 3; s += 2e-3) /* the maximum lies on the real axis */
            best = fmax(best, exp(s) * dense_resolvent_norm(3, rows, 1 + exp(s)));
        assert_close(k, best, 1e-6 * best);
    }
}

static void beyond_the_circle_it_is_infinite(void **state) {
    (void)state;
    double plain, scaled;
    decompose(2, (const double[]){1.5, 3, 0, 0.3});
    kreiss_constants(&kreiss, &schur, &plain, &scaled);
    assert_true(isinf(plain));
    assert_close(scaled, constant(2, (const double[]){1, 2, 0, 0.2}), 1e-9 * scaled);
}

/* --- theorems, searches --- */

/* K <= sup_n |A^n| <= e d K */
static void kreiss_matrix_theorem(void **state) {
    (void)state;
    enum { N = 12 };
    for (int trial = 0; trial < 4; trial++) {
        double *rows = contraction(N, 0.9 + 0.03 * trial, 1 + 2 * trial, "powers");
        double power[N * N], next[N * N], work[4 * N], largest = 1, k = constant(N, rows);
        memcpy(power, rows, sizeof power);
        for (int n = 1; n < 400; n++) {
            largest = fmax(largest, dense_norm2((dense_t){N, N, N, power}, work));
            for (int i = 0; i < N; i++)
                for (int j = 0; j < N; j++) {
                    next[i * N + j] = 0;
                    for (int l = 0; l < N; l++)
                        next[i * N + j] += power[i * N + l] * rows[l * N + j];
                }
            memcpy(power, next, sizeof power);
        }
        assert_true(k <= largest * (1 + 1e-9));
        assert_true(largest <= M_E * N * k);
        free(rows);
    }
}

/* The largest value on a dense polar grid: 60 circles, 200 angles. */
static double dense_search(int n, const double *rows) {
    double best = 1;
    for (int circle = 0; circle < 60; circle++)
        for (int k = 0; k <= 200; k++) {
            double delta = exp(-8 + 0.17 * circle);
            double complex z = (1 + delta) * cexp(I * M_PI * k / 200);
            best = fmax(best, delta * dense_resolvent_norm(n, rows, z));
        }
    return best;
}

static void the_search_misses_no_peak(void **state) {
    (void)state;
    enum { N = 7, TRIALS = 6 };
    for (int trial = 0; trial < TRIALS; trial++) {
        char purpose[16] = "peak0";
        purpose[4] = (char)('0' + trial);
        double *rows = contraction(N, (const double[]){0.5, 0.9, 0.99, 0.999, 0.7, 0.97}[trial],
                                   (const double[]){1, 4, 2, 8, 30, 0.3}[trial], purpose);
        double k = constant(N, rows), grid = dense_search(N, rows);
        assert_true(k >= grid * (1 - 1e-7));
        assert_true(k <= grid * 1.02); /* the grid itself may miss the top by so much */
        free(rows);
    }
}

/* Two sheared blocks turned to different directions: one broad peak, one narrow and higher. */
static void the_narrow_peak_is_found_beside_the_broad_one(void **state) {
    (void)state;
    double c = cos(2.1), s = sin(2.1), r = 0.9995;
    const double rows[36] = {0.5, 30,  0,      0,     0,    0,   /* broad, at angle 0    */
                             0,   0.5, 0,      0,     0,    0,   /*                      */
                             0,   0,   r * c,  r * s, 400,  0,   /* narrow, at angle 2.1 */
                             0,   0,   -r * s, r * c, 0,    400, /*                      */
                             0,   0,   0,      0,     -0.1, 0,   /*                      */
                             0,   0,   0,      0,     0,    -0.1};
    double k = constant(6, rows), grid = dense_search(6, rows);
    assert_true(k >= grid * (1 - 1e-7) && grid > 100);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(resolvent_norms_equal_the_svd),
        cmocka_unit_test(normal_contractions_have_one),
        cmocka_unit_test(nilpotent_blocks),
        cmocka_unit_test(an_eigenvalue_on_the_circle),
        cmocka_unit_test(an_eigenvalue_just_inside),
        cmocka_unit_test(beyond_the_circle_it_is_infinite),
        cmocka_unit_test(kreiss_matrix_theorem),
        cmocka_unit_test(the_search_misses_no_peak),
        cmocka_unit_test(the_narrow_peak_is_found_beside_the_broad_one),
    };
    return cmocka_run_group_tests(tests, begin, end);
}
