/* Calibration, selection at a budget, moments and rank correlation. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <math.h>

#include "stats/calibration.h"
#include "stats/moments.h"
#include "stats/selection.h"

enum { N = 14 };
static const double p[N] = {.05, .1, .15, .32, .35, .38, .6, .62, .71, .85, .9, .95, 1, 0};
static const int y[N] = {0, 0, 1, 0, 1, 0, 1, 0, 1, 1, 1, 0, 1, 0};

static void errors_equal_numpy_and_scikit_learn(void **state) {
    (void)state; /* bins as in sklearn.calibration.calibration_curve; brier_score_loss */
    assert_true(fabs(calibration_error(N, p, y, 10) - 0.2542857142857143) < 1e-12);
    assert_true(fabs(calibration_brier(N, p, y) - 0.21198571428571425) < 1e-12);
}

static void bins_hold_every_row_once(void **state) {
    (void)state;
    reliability_bin_t bin[10];
    assert_int_equal(calibration_bins(N, p, y, 10, bin), N);
    size_t sum = 0;
    for (int b = 0; b < 10; b++) sum += bin[b].count;
    assert_int_equal(sum, N);
    assert_int_equal(bin[0].count, 3); /* 0, .05 and .1: bars include their upper end */
    assert_true(isnan(bin[2].predicted) && isnan(bin[2].observed));
    assert_true(fabs(bin[3].observed - 1.0 / 3) < 1e-15);
}

static void scores_that_are_no_probability_are_left_out(void **state) {
    (void)state;
    double odd[] = {NAN, 1.5, -.1, .5};
    assert_true(calibration_error(4, odd, (int[]){1, 1, 1, 1}, 10) == 0.5);
    assert_true(isnan(calibration_error(3, odd, (int[]){1, 1, 1}, 10)));
    assert_true(isnan(calibration_brier(1, odd, (int[]){1})));
}

static void selection_above_a_threshold_counts(void **state) {
    (void)state;
    double score[] = {.9, .8, .5, .2, NAN}, cost[] = {1, 2, 3, 4, 99};
    selection_t s = selection_above(5, score, (int[]){1, 0, 1, 0, 1}, cost, 0.5);
    assert_int_equal(s.n, 4);
    assert_true(s.flagged == 2 && s.precision == 0.5 && s.recall == 0.5);
    assert_true(fabs(s.saved - 0.3) < 1e-15);
    s = selection_above(5, score, (int[]){0, 0, 0, 0, 0}, cost, 2);
    assert_true(s.flagged == 0 && isnan(s.precision) && isnan(s.recall) && s.saved == 0);
}

static void selection_at_a_budget_shares_ties(void **state) {
    (void)state; /* two of the three runs at .5, one of which diverged: 2/3 expected */
    double score[] = {.9, .5, .5, .5, .1}, cost[] = {1, 1, 1, 1, 1};
    selection_t s = selection_budget(5, score, (int[]){1, 1, 0, 0, 0}, cost, 3);
    assert_true(fabs(s.flagged - 3) < 1e-12);
    assert_true(fabs(s.hits - (1 + 2.0 / 3)) < 1e-12);
    assert_true(fabs(s.saved - 0.6) < 1e-12);
    assert_true(selection_budget(5, score, (int[]){1, 1, 0, 0, 0}, cost, 0).flagged == 0);
    assert_true(selection_budget(5, score, (int[]){1, 1, 0, 0, 0}, cost, 9).flagged == 5);
}

static void moments_leave_out_nan(void **state) {
    (void)state;
    moments_t m = moments(4, (double[]){.161, NAN, .155, .170}); /* numpy, ddof 1 */
    assert_int_equal(m.n, 3);
    assert_true(fabs(m.mean - 0.162) < 1e-15 && fabs(m.sd - 0.007549834435270757) < 1e-15);
    assert_true(isnan(moments(0, NULL).mean) && isnan(moments(1, (double[]){1}).sd));
}

static void extent_is_median_and_ends(void **state) {
    (void)state; /* numpy.nanmedian */
    extent_t e = extent(5, (double[]){9, NAN, 1e30, 2, 4});
    assert_true(e.n == 4 && e.median == 6.5 && e.low == 2 && e.high == 1e30);
    assert_true(extent(3, (double[]){3, INFINITY, 1}).median == 3);
    e = extent(1, (double[]){NAN});
    assert_true(e.n == 0 && isnan(e.median) && isnan(e.low) && isnan(e.high));
}

static void correlation_is_pearsons(void **state) {
    (void)state; /* the formula in exact fractions (Python) */
    double a[] = {1.5, 2, 2, 7, 3, 9, -1, 4, NAN}, b[] = {2, 1, 4, 9, 4, 8, 0, 9, 3};
    assert_true(fabs(linear_correlation(9, a, b) - 0.8477197560793734) < 1e-15);
    assert_true(isnan(linear_correlation(2, a, (double[]){1, 1})));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(errors_equal_numpy_and_scikit_learn),
        cmocka_unit_test(bins_hold_every_row_once),
        cmocka_unit_test(scores_that_are_no_probability_are_left_out),
        cmocka_unit_test(selection_above_a_threshold_counts),
        cmocka_unit_test(selection_at_a_budget_shares_ties),
        cmocka_unit_test(moments_leave_out_nan),
        cmocka_unit_test(extent_is_median_and_ends),
        cmocka_unit_test(correlation_is_pearsons),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
