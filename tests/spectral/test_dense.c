/* Views, products, norms. */
#include "spectral/layer.h"

#include "spectral/dense.h"

static arena_t arena;

static int begin(void **state) {
    (void)state;
    return arena_create(1 << 22, &arena) != STATUS_OK;
}

static int end(void **state) {
    (void)state;
    arena_destroy(&arena);
    return 0;
}

static dense_t filled(int rows, int cols, const char *purpose) {
    dense_t m = dense_take(&arena, rows, cols);
    double *x = normals(purpose, (size_t)(rows * cols));
    for (int j = 0; j < cols; j++)
        memcpy(dense_column(m, j), x + j * rows, sizeof *x * (size_t)rows);
    free(x);
    return m;
}

static double at(dense_t m, int i, int j) { return dense_column(m, j)[i]; }

/* Rows at a distance that is a multiple of a page fall into the same cache set. */
static void columns_never_start_a_power_of_two_apart(void **state) {
    (void)state;
    for (int rows = 1; rows < 3000; rows++) {
        dense_t m = dense_take(&arena, rows, 1);
        assert_true(m.ld >= rows && m.ld <= rows + 15 && m.ld % 8 == 0 && m.ld % 32 != 0);
        arena.used = 0;
    }
}

static void products_equal_their_sums(void **state) {
    (void)state;
    dense_t a = filled(5, 7, "a"), bt = filled(6, 7, "b"), c = filled(5, 6, "c");
    dense_t before = dense_take(&arena, 5, 6), at_view = dense_take(&arena, 7, 5);
    dense_copy(c, before);
    for (int i = 0; i < 5; i++)
        for (int k = 0; k < 7; k++) dense_column(at_view, i)[k] = at(a, i, k);
    dense_t b = dense_take(&arena, 7, 6), tn = dense_take(&arena, 5, 6);
    for (int k = 0; k < 7; k++)
        for (int j = 0; j < 6; j++) dense_column(b, j)[k] = at(bt, j, k);
    dense_multiply_nt(2, a, bt, 3, c);
    dense_multiply_tn(2, at_view, b, 0, tn);
    for (int i = 0; i < 5; i++)
        for (int j = 0; j < 6; j++) {
            double sum = 0;
            for (int k = 0; k < 7; k++) sum += 2 * at(a, i, k) * at(b, k, j);
            assert_close(at(c, i, j), sum + 3 * at(before, i, j), 1e-13);
            assert_close(at(tn, i, j), sum, 1e-13);
        }
    dense_multiply_nn(2, a, b, 0, tn);
    assert_close(at(tn, 4, 5), at(c, 4, 5) - 3 * at(before, 4, 5), 1e-13);
}

static void a_gram_matrix_is_symmetric(void **state) {
    (void)state;
    dense_t x = filled(4, 9, "x"), c = dense_take(&arena, 4, 4);
    dense_gram(0.5, x, c);
    for (int i = 0; i < 4; i++)
        for (int j = 0; j < 4; j++) {
            double sum = 0;
            for (int k = 0; k < 9; k++) sum += 0.5 * at(x, i, k) * at(x, j, k);
            assert_close(at(c, i, j), sum, 1e-14);
            assert_true(at(c, i, j) == at(c, j, i));
        }
}

/* Second difference matrix: eigenvalues 2 - 2 cos(k pi / (n+1)). */
static void largest_eigenvalue_of_second_differences(void **state) {
    (void)state;
    double diagonal[50], beside[50];
    for (int n = 1; n <= 50; n++) {
        for (int i = 0; i < n; i++) diagonal[i] = 2, beside[i] = -1;
        double exact = 2 - 2 * cos(n * M_PI / (n + 1));
        assert_close(tridiagonal_largest(n, diagonal, beside), exact, 4e-15);
    }
}

/* diag(1..n) between two reflections: norm n, however tight the cluster below it. */
static void norm_of_known_singular_values(void **state) {
    (void)state;
    enum { N = 30 };
    dense_t m = dense_take(&arena, N, N);
    double work[4 * N], *u = normals("u", N), *v = normals("v", N), uu = 0, vv = 0;
    for (int i = 0; i < N; i++) uu += u[i] * u[i], vv += v[i] * v[i];
    for (double gap = 1; gap > 1e-4; gap *= 0.1) {
        for (int i = 0; i < N; i++)
            for (int j = 0; j < N; j++) {
                double sum = 0;
                for (int k = 0; k < N; k++)
                    sum += ((i == k) - 2 * u[i] * u[k] / uu) * (N - gap * k) *
                           ((j == k) - 2 * v[j] * v[k] / vv);
                dense_column(m, j)[i] = sum;
            }
        assert_close(dense_norm2(m, work), N, 1e-9);
    }
    free(u), free(v);
}

static void norms_of_nothing_and_of_not_a_number(void **state) {
    (void)state;
    double work[12];
    dense_t m = dense_take(&arena, 3, 3);
    for (int j = 0; j < 3; j++) memset(dense_column(m, j), 0, 3 * sizeof(double));
    assert_true(dense_norm2(m, work) == 0 && dense_norm_frobenius(m) == 0);
    dense_column(m, 1)[1] = NAN;
    assert_true(isnan(dense_norm2(m, work)));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(columns_never_start_a_power_of_two_apart),
        cmocka_unit_test(products_equal_their_sums),
        cmocka_unit_test(a_gram_matrix_is_symmetric),
        cmocka_unit_test(largest_eigenvalue_of_second_differences),
        cmocka_unit_test(norm_of_known_singular_values),
        cmocka_unit_test(norms_of_nothing_and_of_not_a_number),
    };
    return cmocka_run_group_tests(tests, begin, end);
}
