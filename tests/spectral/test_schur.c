/* Schur form, eigenvectors, conditioning. */
#include "spectral/layer.h"
#include "spectral/matrices.h"

#include "spectral/schur.h"

enum { N_MAX = 40 };
static arena_t arena;
static schur_t schur;
static dense_t b, work;

static int begin(void **state) {
    (void)state;
    if (arena_create(schur_bytes(N_MAX) + 2 * dense_bytes(N_MAX, N_MAX), &arena) != STATUS_OK)
        return 1;
    schur = schur_take(&arena, N_MAX);
    b = dense_take(&arena, N_MAX, N_MAX);
    work = dense_take(&arena, N_MAX, N_MAX);
    return 0;
}

static int end(void **state) {
    (void)state;
    arena_destroy(&arena);
    return 0;
}

/* Decomposes the row-major n x n matrix. */
static void decompose(int n, const double *rows) {
    b = dense_view(b, 0, 0, n, n);
    for (int i = 0; i < n; i++)
        for (int j = 0; j < n; j++) dense_column(b, j)[i] = rows[i * n + j];
    assert_int_equal(schur_decompose(b, &schur), STATUS_OK);
    assert_int_equal(schur_eigenvectors(&schur), STATUS_OK);
}

static double at(dense_t m, int i, int j) { return dense_column(m, j)[i]; }

static void the_schur_form_gives_the_matrix_back(void **state) {
    (void)state;
    for (int n = 1; n <= N_MAX; n += 13) {
        double *rows = normals("schur", (size_t)(n * n));
        decompose(n, rows);
        for (int i = 0; i < n; i++)
            for (int j = 0; j < n; j++) {
                double sum = 0;
                for (int k = 0; k < n; k++)
                    for (int l = 0; l < n; l++)
                        sum += at(schur.q, i, k) * at(schur.t, k, l) * at(schur.q, j, l);
                assert_close(sum, rows[i * n + j], 1e-12);
            }
        free(rows);
    }
}

/* T v = lambda v and u^* T = lambda u^*, |u| = |v| = 1. */
static void eigenvectors_solve_their_equations(void **state) {
    (void)state;
    enum { N = 20 };
    double *rows = normals("vectors", N * N);
    decompose(N, rows);
    for (int j = 0; j < N; j++) {
        double re = schur.real[j], im = schur.imaginary[j], norm_v = 0, norm_u = 0;
        int next = im != 0;
        for (int i = 0; i < N; i++) {
            double v = at(schur.right, i, j), v_im = next ? at(schur.right, i, j + 1) : 0;
            double u = at(schur.left, i, j), u_im = next ? at(schur.left, i, j + 1) : 0;
            double tv = 0, tv_im = 0, ut = 0, ut_im = 0;
            for (int k = 0; k < N; k++) {
                tv += at(schur.t, i, k) * at(schur.right, k, j);
                tv_im += next ? at(schur.t, i, k) * at(schur.right, k, j + 1) : 0;
                ut += at(schur.t, k, i) * at(schur.left, k, j);
                ut_im += next ? at(schur.t, k, i) * at(schur.left, k, j + 1) : 0;
            }
            assert_close(tv, re * v - im * v_im, 1e-12);
            assert_close(tv_im, re * v_im + im * v, 1e-12);
            assert_close(ut, re * u + im * u_im, 1e-12); /* T^T u = conj(lambda) u */
            assert_close(ut_im, re * u_im - im * u, 1e-12);
            norm_v += v * v + v_im * v_im;
            norm_u += u * u + u_im * u_im;
        }
        assert_close(norm_v, 1, 1e-13);
        assert_close(norm_u, 1, 1e-13);
        j += next;
    }
    free(rows);
}

/* V = [[1, s], [0, c]] has singular values sqrt(1 +- s), and the overlap is c. */
static void kappa_of_two_vectors(void **state) {
    (void)state;
    for (double a = 0.5; a < 1e6; a *= 7) {
        decompose(2, (const double[]){1, a, 0, 2});
        double s = a / hypot(a, 1), c = 1 / hypot(a, 1);
        assert_close(schur.overlap[0], c, 1e-12 * c);
        double kappa = (1 + s) / c; /* sqrt((1+s)/(1-s)) */
        assert_close(schur_kappa(&schur, work) / kappa, 1, 1e-9);
    }
}

/* The same matrix written in the eigenvectors (1, i), (1, -i): a rotation is normal. */
static void a_rotation_is_normal(void **state) {
    (void)state;
    decompose(2, (const double[]){cos(1.0), -sin(1.0), sin(1.0), cos(1.0)});
    assert_close(schur_kappa(&schur, work), 1, 1e-12);
    assert_close(schur_radius(&schur), 1, 1e-15);
    assert_true(schur_henrici(&schur) < 1e-12);
}

/* Stretched, [[0, -a], [1/a, 0]]: eigenvalues +-i, |B|_F^2 = a^2 + 1/a^2, kappa = a. */
static void a_stretched_rotation_is_not(void **state) {
    (void)state;
    double a = 30, square = a * a + 1 / (a * a);
    decompose(2, (const double[]){0, -a, 1 / a, 0});
    assert_close(schur_henrici(&schur), sqrt((square - 2) / square), 1e-13);
    assert_close(schur_kappa(&schur, work), a, 1e-10 * a);
}

static void defective_means_infinite_or_huge(void **state) {
    (void)state;
    decompose(3, (const double[]){1, 1, 0, 0, 1, 1, 0, 0, 1});
    assert_true(schur_kappa(&schur, work) > 1e12);
}

int ilaenv_(const int *question, const char *routine, const char *options, const int *n1,
            const int *n2, const int *n3, const int *n4, size_t length_routine,
            size_t length_options);

/* Of an order that has parameters of our own: eigenvalues are known, hidden by reflections. */
static void orders_with_our_parameters_have_their_eigenvalues(void **state) {
    (void)state;
    enum { N = 420 };
    static const int shifts = 15, one = 1, n = N, room = N;
    double *m = calloc(N * N, sizeof *m), worst = 0, sum = 0;
    arena_t large;
    assert_int_equal(ilaenv_(&shifts, "DHSEQR", "SV", &n, &one, &n, &room, 6, 2), 32);
    fill_non_normal(N, m);
    assert_int_equal(arena_create(schur_bytes(N), &large), STATUS_OK);
    schur_t here = schur_take(&large, N);
    assert_int_equal(schur_decompose((dense_t){N, N, N, m}, &here), STATUS_OK);
    for (int j = 0; j < N; j++) {
        double nearest = INFINITY;
        for (int k = 0; k < N; k++)
            nearest =
                fmin(nearest, hypot(here.real[j] - non_normal_value(N, k), here.imaginary[j]));
        worst = fmax(worst, nearest);
        sum += here.real[j] - non_normal_value(N, j);
    }
    assert_true(worst < 1e-10);
    assert_true(fabs(sum) < 1e-10);
    arena_destroy(&large);
    free(m);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_schur_form_gives_the_matrix_back),
        cmocka_unit_test(eigenvectors_solve_their_equations),
        cmocka_unit_test(kappa_of_two_vectors),
        cmocka_unit_test(a_rotation_is_normal),
        cmocka_unit_test(a_stretched_rotation_is_not),
        cmocka_unit_test(defective_means_infinite_or_huge),
        cmocka_unit_test(orders_with_our_parameters_have_their_eigenvalues),
    };
    return cmocka_run_group_tests(tests, begin, end);
}
