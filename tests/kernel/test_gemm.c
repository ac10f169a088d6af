/* The door to the matrix product library: products and transposes against plain loops. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/rng.h"
#include "kernel/gemm.h"

static const long sizes[] = {1, 2, 3, 7, 16, 17, 33, 65};
enum { SIZES = sizeof sizes / sizeof sizes[0] };

/* A matrix as stored: rows of `cols` elements, `gap` more between them that nobody may touch. */
typedef struct stored {
    long rows, cols, ld;
    flt *at; /* owned */
} stored_t;

static stored_t stored_create(rng_t *rng, long rows, long cols, long gap) {
    stored_t m = {rows, cols, cols + gap, NULL};
    if (m.ld == 0) m.ld = 1;
    m.at = calloc((size_t)rows * (size_t)m.ld + 1, sizeof(flt));
    for (long i = 0; i < rows * m.ld; i++) m.at[i] = NAN;
    for (long i = 0; i < rows; i++)
        for (long j = 0; j < cols; j++) m.at[i * m.ld + j] = (flt)(2 * rng_uniform(rng) - 1);
    return m;
}

static double element(stored_t m, gemm_side_t side, long i, long j) {
    return side == PLAIN ? m.at[i * m.ld + j] : m.at[j * m.ld + i];
}

static stored_t operand(rng_t *rng, gemm_side_t side, long rows, long cols) {
    return side == PLAIN ? stored_create(rng, rows, cols, 3) : stored_create(rng, cols, rows, 3);
}

static void gaps_are_untouched(stored_t m) {
    for (long i = 0; i < m.rows; i++)
        for (long j = m.cols; j < m.ld; j++) assert_true(isnan(m.at[i * m.ld + j]));
}

/* Every element within the a priori bound of a float32 sum: (k + 2) 2^-24 sum of |a b|. */
static void check_product(rng_t *rng, gemm_side_t sides[2], long m, long n, long k, int beta) {
    stored_t a = operand(rng, sides[0], m, k), b = operand(rng, sides[1], k, n);
    stored_t c = stored_create(rng, m, n, 5), before = stored_create(rng, m, n, 5);
    if (beta == 0)
        for (long i = 0; i < m * c.ld; i++) c.at[i] = NAN;
    memcpy(before.at, c.at, (size_t)(m * c.ld) * sizeof(flt));
    gemm(sides[0], sides[1], m, n, k, a.at, a.ld, b.at, b.ld, (flt)beta, c.at, c.ld);
    for (long i = 0; i < m; i++)
        for (long j = 0; j < n; j++) {
            double sum = beta ? before.at[i * c.ld + j] : 0, size = fabs(sum);
            for (long l = 0; l < k; l++) {
                double term = element(a, sides[0], i, l) * element(b, sides[1], l, j);
                sum += term;
                size += fabs(term);
            }
            double off = fabs(c.at[i * c.ld + j] - sum);
            if (!(off <= 0x1p-24 * (double)(k + 2) * size))
                print_error("m %ld n %ld k %ld sides %d %d beta %d: off by %g at %ld, %ld\n", m, n,
                            k, (int)sides[0], (int)sides[1], beta, off, i, j);
            assert_true(off <= 0x1p-24 * (double)(k + 2) * size);
        }
    gaps_are_untouched(c);
    free(a.at);
    free(b.at);
    free(c.at);
    free(before.at);
}

static void for_all_sides(rng_t *rng, long m, long n, long k) {
    for (int which = 0; which < 8; which++) {
        gemm_side_t sides[2] = {which & 1 ? TRANSPOSED : PLAIN, which & 2 ? TRANSPOSED : PLAIN};
        check_product(rng, sides, m, n, k, which >> 2);
    }
}

/* All sides, both betas; with beta 0 the result starts as NaN, so reading it shows. */
static void products_are_sums_of_products(void **state) {
    (void)state;
    rng_t rng = rng_open(1, 0, "gemm", 0);
    for (int i = 0; i < SIZES; i++)
        for (int j = 0; j < SIZES; j++)
            for (int l = 0; l < SIZES; l++) for_all_sides(&rng, sizes[i], sizes[j], sizes[l]);
}

/* Blocks of the library's inner loops and their rests. */
static void large_products_too(void **state) {
    (void)state;
    rng_t rng = rng_open(2, 0, "gemm", 0);
    for_all_sides(&rng, 129, 200, 385);
    for_all_sides(&rng, 321, 1, 500);
}

/* k = 0: what was there for beta 1, zeros for beta 0. */
static void an_empty_sum_is_zero(void **state) {
    (void)state;
    rng_t rng = rng_open(3, 0, "gemm", 0);
    for_all_sides(&rng, 5, 7, 0);
}

static void a_product_without_rows_touches_nothing(void **state) {
    (void)state;
    flt a[4] = {1, 2, 3, 4}, c[4] = {5, 6, 7, 8};
    gemm(PLAIN, PLAIN, 0, 2, 2, a, 2, a, 2, 0, c, 2);
    gemm(PLAIN, PLAIN, 2, 0, 2, a, 2, a, 2, 0, c, 2);
    for (int i = 0; i < 4; i++) assert_true(c[i] == 5 + i);
}

static void nan_in_a_factor_is_not_lost(void **state) {
    (void)state;
    flt a[6] = {1, 0, 1, 1, NAN, 1}, b[6] = {0}, c[4];
    gemm(PLAIN, PLAIN, 2, 2, 3, a, 3, b, 2, 0, c, 2);
    assert_true(c[0] == 0 && c[1] == 0);
    assert_true(isnan(c[2]) && isnan(c[3]));
}

static void a_transpose_swaps_rows_and_columns(void **state) {
    (void)state;
    rng_t rng = rng_open(4, 0, "gemm", 0);
    for (int i = 0; i < SIZES; i++)
        for (int j = 0; j < SIZES; j++) {
            stored_t in = stored_create(&rng, sizes[i], sizes[j], 3);
            stored_t out = stored_create(&rng, sizes[j], sizes[i], 2);
            transpose(in.rows, in.cols, in.at, in.ld, out.at, out.ld);
            for (long r = 0; r < in.rows; r++)
                for (long s = 0; s < in.cols; s++)
                    assert_true(out.at[s * out.ld + r] == in.at[r * in.ld + s]);
            gaps_are_untouched(out);
            free(in.at);
            free(out.at);
        }
}

static void the_library_says_which_kernels_it_runs(void **state) {
    (void)state;
    const char *name = gemm_start(1);
    assert_non_null(name);
    assert_true(strlen(name) > 0);
}

static void the_library_says_its_name_and_version(void **state) {
    (void)state;
    char text[64], name[64], cut[5];
    int major, minor;
    gemm_library(text, sizeof text);
    if (strcmp(text, "unknown") != 0)
        assert_int_equal(sscanf(text, "%63s %d.%d", name, &major, &minor), 3);
    assert_null(strchr(strchr(text, ' ') ? strchr(text, ' ') + 1 : text, ' '));
    gemm_library(cut, sizeof cut);
    assert_memory_equal(cut, text, 4);
    assert_int_equal(cut[4], 0);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_library_says_which_kernels_it_runs),
        cmocka_unit_test(the_library_says_its_name_and_version),
        cmocka_unit_test(products_are_sums_of_products),
        cmocka_unit_test(large_products_too),
        cmocka_unit_test(an_empty_sum_is_zero),
        cmocka_unit_test(a_product_without_rows_touches_nothing),
        cmocka_unit_test(nan_in_a_factor_is_not_lost),
        cmocka_unit_test(a_transpose_swaps_rows_and_columns),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
