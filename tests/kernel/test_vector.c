/* Long vectors: sums in double, sizes around the number of lanes, NaN. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <math.h>

#include "base/rng.h"
#include "kernel/vector.h"

enum { MOST = 67 };

static void numbers(flt x[MOST], uint32_t index) {
    rng_t rng = rng_open(1, 0, "vector", index);
    for (int i = 0; i < MOST; i++) x[i] = (flt)rng_normal(&rng);
}

static void dot_and_norm_are_sums_over_all_elements(void **state) {
    (void)state;
    flt x[MOST], y[MOST];
    numbers(x, 0), numbers(y, 1);
    for (long n = 0; n <= MOST; n++) {
        double dot = 0, square = 0;
        for (long i = 0; i < n; i++) dot += (double)x[i] * (double)y[i];
        for (long i = 0; i < n; i++) square += (double)x[i] * (double)x[i];
        assert_true(fabs(vector_dot(x, y, n) - dot) <= 1e-14 * (double)(n + 1));
        assert_true(fabs(vector_norm(x, n) - sqrt(square)) <= 1e-14 * (double)(n + 1));
    }
}

/* In float32 the sum of 2^24 + 1 would be 2^24. */
static void sums_run_in_double(void **state) {
    (void)state;
    flt x[] = {4096, 1, 1e30f}, y[] = {4096, 1, 0};
    assert_true(vector_dot(x, y, 3) == 4096.0 * 4096 + 1);
    flt big[] = {1e30f, 1e30f};
    assert_true(fabs(vector_norm(big, 2) / 1e30 - sqrt(2)) <= 1e-6);
}

static void the_largest_is_found_wherever_it_stands(void **state) {
    (void)state;
    for (long n = 1; n <= MOST; n++)
        for (long at = 0; at < n; at++) {
            flt x[MOST] = {0};
            x[at] = at % 2 ? 3 : -3;
            x[(at + 1) % n] += 1;
            assert_true(vector_largest(x, n) == (n == 1 ? fabs((double)x[0]) : 3));
        }
    assert_true(vector_largest(NULL, 0) == 0);
}

static void a_nan_is_the_largest_norm_and_dot(void **state) {
    (void)state;
    flt x[MOST];
    for (long at = 0; at < MOST; at++) {
        numbers(x, 2);
        x[at] = NAN;
        assert_true(isnan(vector_largest(x, MOST)));
        assert_true(isnan(vector_norm(x, MOST)));
        assert_true(isnan(vector_dot(x, x, MOST)));
    }
    numbers(x, 2);
    x[40] = -INFINITY;
    assert_true(isinf(vector_largest(x, MOST)) && isinf(vector_norm(x, MOST)));
}

static void scale_and_add_work_element_by_element(void **state) {
    (void)state;
    flt x[MOST], y[MOST], z[MOST];
    numbers(x, 3), numbers(y, 4);
    vector_scale(x, 0.5, z, MOST);
    vector_add(2, z, y, MOST);
    flt expected[MOST];
    numbers(expected, 4);
    for (int i = 0; i < MOST; i++) {
        assert_true(z[i] == x[i] / 2);
        assert_true(fabsf(y[i] - (expected[i] + x[i])) <= 1e-6f);
    }
    vector_scale(z, 2, z, MOST); /* in place */
    for (int i = 0; i < MOST; i++) assert_true(z[i] == x[i]);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(dot_and_norm_are_sums_over_all_elements),
        cmocka_unit_test(sums_run_in_double),
        cmocka_unit_test(the_largest_is_found_wherever_it_stands),
        cmocka_unit_test(a_nan_is_the_largest_norm_and_dot),
        cmocka_unit_test(scale_and_add_work_element_by_element),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
