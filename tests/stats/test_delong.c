/* DeLong's variance, interval and paired test. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <math.h>
#include <stdlib.h>

#include "stats/delong.h"

/* Expected numbers: NumPy 2.4.6, placement values from the full matrix of pairs, np.cov. */
enum { N = 16 };
static const int label[N] = {0, 0, 0, 0, 0, 0, 1, 0, 1, 0, 1, 1, 0, 1, 1, 1};
static const double a[N] = {.1, .2, .2, .3, .35, .4, .4, .5, .5, .55, .6, .7, .7, .8, .8, .95};
static const double b[N] = {.3, .1, .4, .2, .6, .5, .3, .7, .6, .2, .9, .4, .1, .8, .5, .7};

static void variance_and_interval_equal_numpy(void **state) {
    (void)state;
    delong_t d = delong(N, a, label);
    assert_true(fabs(d.auroc - 0.880952380952381) < 1e-15);
    assert_true(fabs(d.variance - 0.006986436549928613) < 1e-15);
    assert_true(fabs(d.interval.low - 0.6081164554970908) < 1e-12);
    assert_true(fabs(d.interval.high - 0.9724430921384126) < 1e-12);
    d = delong(N, b, label);
    assert_true(fabs(d.variance - 0.012335180985974636) < 1e-15);
    assert_true(fabs(d.interval.high - 0.9407504881975043) < 1e-12);
}

static void paired_test_equals_numpy(void **state) {
    (void)state;
    delong_test_t t = delong_compare(N, a, b, label);
    assert_true(fabs(t.z - 0.6260197428872751) < 1e-12);
    assert_true(fabs(t.p - 0.531301991820022) < 1e-12);
    assert_int_equal(t.n, N);
    assert_true(delong_compare(N, a, a, label).p == 1);
}

static void perfect_separation_keeps_a_width(void **state) {
    (void)state; /* Newcombe 2006, method 5; root by scipy.optimize.brentq */
    double score[N];
    for (int i = 0; i < N; i++) score[i] = label[i] * 10 + i;
    delong_t d = delong(N, score, label);
    assert_true(d.auroc == 1 && d.interval.high == 1);
    assert_true(fabs(d.interval.low - 0.75248290074754) < 1e-9);
}

static void a_class_of_one_row_has_an_interval_but_no_variance(void **state) {
    (void)state;
    delong_t d = delong(5, (double[]){1, 2, 3, 4, 5}, (int[]){0, 0, 0, 1, 0});
    assert_true(isnan(d.variance) && d.auroc == 0.75);
    assert_true(d.interval.low > 0 && d.interval.low < 0.75 && d.interval.high <= 1);
}

static void one_class_gives_nan_everywhere(void **state) {
    (void)state;
    delong_t d = delong(3, (double[]){1, 2, 3}, (int[]){1, 1, 1});
    assert_true(isnan(d.auroc) && isnan(d.interval.low) && isnan(d.interval.high));
    assert_true(isnan(delong_compare(3, a, b, (int[]){0, 0, 0}).p));
}

static void rows_missing_in_either_score_leave_the_test(void **state) {
    (void)state;
    double with_gap[N];
    for (int i = 0; i < N; i++) with_gap[i] = i == 3 ? NAN : b[i];
    assert_int_equal(delong_compare(N, a, with_gap, label).n, N - 1);
    assert_int_equal(delong(N, with_gap, label).negatives, 8);
}

static void intervals_stay_in_the_unit_range_for_many_rows(void **state) {
    (void)state;
    size_t n = 1000000;
    double *score = malloc(n * sizeof *score);
    int *many = malloc(n * sizeof *many);
    for (size_t i = 0; i < n; i++) {
        many[i] = i % 3 == 0;
        score[i] = many[i] ? 1e6 : (double)i;
    }
    score[0] = 0; /* one positive at the very bottom */
    delong_t d = delong(n, score, many);
    assert_true(d.auroc < 1 && d.interval.high < 1 && d.interval.low < d.auroc);
    assert_true(d.interval.low > 0.9999 && d.variance > 0);
    free(many);
    free(score);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(variance_and_interval_equal_numpy),
        cmocka_unit_test(paired_test_equals_numpy),
        cmocka_unit_test(perfect_separation_keeps_a_width),
        cmocka_unit_test(a_class_of_one_row_has_an_interval_but_no_variance),
        cmocka_unit_test(one_class_gives_nan_everywhere),
        cmocka_unit_test(rows_missing_in_either_score_leave_the_test),
        cmocka_unit_test(intervals_stay_in_the_unit_range_for_many_rows),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
