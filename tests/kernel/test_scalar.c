/* The elementary functions kernels are made of, in float32, over their whole range. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "kernel/kernel.h"

/* Distance in units of the last place of the true value (a normal float). */
static double ulps(flt ours, double truth) {
    int exponent;
    frexp(truth, &exponent);
    return fabs((double)ours - truth) / ldexp(1, exponent - 24);
}

static void exp_is_right_to_the_last_place(void **state) {
    (void)state;
    double worst = 0;
    for (double x = -87; x <= 88; x += 1.0 / 4096 + 1e-5)
        worst = fmax(worst, ulps(flt_exp((flt)x), exp((double)(flt)x)));
    if (worst > 1.5) print_error("worst error %g ulp\n", worst);
    assert_true(worst <= 1.5);
}

/* Where rounding to multiples of ln 2 switches sides. */
static void exp_is_right_at_odd_halves_of_ln_2(void **state) {
    (void)state;
    for (int k = -125; k <= 126; k++) {
        flt edge = (flt)((k + 0.5) * log(2)), x = edge;
        for (int i = 0; i < 4; i++) {
            assert_true(ulps(flt_exp(x), exp((double)x)) <= 1.5);
            x = nextafterf(x, i < 2 ? 100 : -100);
        }
    }
}

static void exp_has_its_exact_values(void **state) {
    (void)state;
    assert_true(flt_exp(0.0f) == 1);
    assert_true(flt_exp(-0.0f) == 1);
    assert_true(flt_exp(0x1p-30f) == 1);
}

/* Beyond its range it stays positive and finite: sums of it never overflow by themselves. */
static void exp_is_clamped(void **state) {
    (void)state;
    assert_true(flt_exp(-1e30f) == flt_exp(-87.0f));
    assert_true(flt_exp(-INFINITY) == flt_exp(-87.0f));
    assert_true(flt_exp(1e30f) == flt_exp(88.0f));
    assert_true(flt_exp(-87.0f) > 0);
    assert_true(isfinite(flt_exp(88.0f)));
}

static void nan_goes_through(void **state) {
    (void)state;
    assert_true(isnan(flt_exp(NAN)));
    assert_true(isnan(flt_exp(-NAN)));
    assert_true(isnan(flt_tanh(NAN)));
    assert_true(isnan(flt_log(NAN)));
    assert_true(isnan(flt_sqrt(NAN)));
    assert_true(isnan(flt_sqrt(-1.0f)));
}

/* Two units of 1: what GELU needs, where it stands beside 1. */
static void tanh_is_right_to_2_epsilon(void **state) {
    (void)state;
    double worst = 0;
    for (double x = -50; x <= 50; x += 1e-4)
        worst = fmax(worst, fabs((double)flt_tanh((flt)x) - tanh((double)(flt)x)));
    if (worst > 0x1p-22) print_error("worst error %g\n", worst);
    assert_true(worst <= 0x1p-22);
    assert_true(flt_tanh(1e30f) == 1);
    assert_true(flt_tanh(-1e30f) == -1);
}

/* In sixteen lanes and a rest. */
static void the_largest_is_found_wherever_it_stands(void **state) {
    (void)state;
    flt x[70];
    for (long n = 1; n <= 70; n++)
        for (long at = 0; at < n; at++) {
            for (long j = 0; j < n; j++) x[j] = -(flt)(j * 7 % 5) - 1e30f;
            x[at] = -5;
            assert_true(largest_of(x, n) == -5);
        }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(exp_is_right_to_the_last_place),
        cmocka_unit_test(exp_is_right_at_odd_halves_of_ln_2),
        cmocka_unit_test(exp_has_its_exact_values),
        cmocka_unit_test(exp_is_clamped),
        cmocka_unit_test(nan_goes_through),
        cmocka_unit_test(tanh_is_right_to_2_epsilon),
        cmocka_unit_test(the_largest_is_found_wherever_it_stands),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
