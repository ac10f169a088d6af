/* DeLong's variance, interval and paired test. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <math.h>
#include <stdlib.h>

#include "near.h"
#include "stats/delong.h"
#include "stats/student.h"

/* Expected numbers: NumPy 2.4.6, placement values from the full matrix of pairs, np.cov. */
enum { N = 16 };
static const int label[N] = {0, 0, 0, 0, 0, 0, 1, 0, 1, 0, 1, 1, 0, 1, 1, 1};
static const double a[N] = {.1, .2, .2, .3, .35, .4, .4, .5, .5, .55, .6, .7, .7, .8, .8, .95};
static const double b[N] = {.3, .1, .4, .2, .6, .5, .3, .7, .6, .2, .9, .4, .1, .8, .5, .7};

static void variance_and_interval_equal_numpy(void **state) {
    (void)state;
    delong_t d = delong(N, a, label, NULL, NULL);
    assert_true(fabs(d.auroc - 0.880952380952381) < 1e-15);
    assert_true(fabs(d.variance - 0.006986436549928613) < 1e-15);
    interval_t normal = interval_logit(d.auroc, d.variance, INTERVAL_Z);
    assert_true(fabs(normal.low - 0.6081164554970908) < 1e-12);
    assert_true(fabs(normal.high - 0.9724430921384126) < 1e-12);
    d = delong(N, b, label, NULL, NULL);
    assert_true(fabs(d.variance - 0.012335180985974636) < 1e-15);
    normal = interval_logit(d.auroc, d.variance, INTERVAL_Z);
    assert_true(fabs(normal.high - 0.9407504881975043) < 1e-12);
}

static void paired_test_equals_numpy(void **state) {
    (void)state;
    delong_test_t t = delong_compare(N, a, b, label);
    assert_true(fabs(t.t - 0.6260197428872751) < 1e-12);
    assert_true(fabs(erfc(fabs(t.t) / M_SQRT2) - 0.531301991820022) < 1e-12);
    assert_true(t.freedom == 6 && t.p == student_p(t.t, 6) && t.p > 0.5313);
    assert_int_equal(t.n, N);
    assert_true(delong_compare(N, a, a, label).p == 1);
}

static void perfect_separation_keeps_a_width(void **state) {
    (void)state; /* Newcombe 2006, method 5; root by scipy.optimize.brentq */
    double score[N];
    for (int i = 0; i < N; i++) score[i] = label[i] * 10 + i;
    delong_t d = delong(N, score, label, NULL, NULL);
    assert_true(d.auroc == 1 && d.interval.high == 1);
    assert_true(fabs(d.interval.low - 0.75248290074754) < 1e-9);
}

static void the_interval_reaches_as_far_as_either(void **state) {
    (void)state; /* 2.4469: 97.5 % quantile of t with 6 degrees of freedom */
    delong_t d = delong(N, a, label, NULL, NULL);
    interval_sizes_t sizes = {0};
    interval_add_sizes(&sizes, 1, 7, 9);
    interval_t logit = interval_logit(d.auroc, d.variance, 2.4469118511449692);
    interval_t score = interval_newcombe(d.auroc, &sizes);
    assert_near(d.interval.low, fmin(logit.low, score.low), 1e-12);
    assert_near(d.interval.high, fmax(logit.high, score.high), 1e-12);
}

static void a_class_of_one_row_has_no_interval(void **state) {
    (void)state; /* whatever the score: how others of its class scatter nobody has seen */
    delong_t d = delong(5, (double[]){1, 2, 3, 4, 5}, (int[]){0, 0, 0, 1, 0}, NULL, NULL);
    assert_true(isnan(d.variance) && d.auroc == 0.75);
    assert_true(isnan(d.interval.low) && isnan(d.interval.high));
    d = delong(5, (double[]){1, 2, 3, 4, 5}, (int[]){0, 0, 0, 0, 1}, NULL, NULL);
    assert_true(d.auroc == 1 && isnan(d.interval.low));
}

/* Two strata of three and four runs, whose variances add up with the squares of 2/6 and 4/6. */
static void strata_add_their_variances(void **state) {
    (void)state;
    double score[] = {1, 2, 3, 1, 2, 3, 4};
    int outcome[] = {0, 1, 0, 0, 1, 0, 1}, stratum[] = {0, 0, 0, 1, 1, 1, 1};
    delong_t d = delong(7, score, outcome, stratum, NULL);
    assert_near(d.auroc, (1 + 3) / 6.0, 1e-15);
    interval_sizes_t sizes = {0};
    interval_add_sizes(&sizes, 2 / 6.0, 1, 2);
    interval_add_sizes(&sizes, 4 / 6.0, 2, 2);
    interval_t score_interval = interval_newcombe(d.auroc, &sizes);
    assert_true(d.interval.low <= score_interval.low && d.interval.high >= score_interval.high);
    /* d of positives: 2 (1/2 - A), 2 (1/2 - A), 2 (1 - A), by hand, over 6 pairs; and so on */
    double p = 2 * pow(2 * (0.5 - d.auroc), 2) + pow(2 * (1 - d.auroc), 2);
    double q = pow(1 - d.auroc, 2) + pow(0 - d.auroc, 2) + pow(2 * (1 - d.auroc), 2) +
               pow(2 * (0.5 - d.auroc), 2);
    assert_near(d.variance, (3.0 / 2 * p + 4.0 / 3 * q) / 36, 1e-15);
}

static void one_class_gives_nan_everywhere(void **state) {
    (void)state;
    delong_t d = delong(3, (double[]){1, 2, 3}, (int[]){1, 1, 1}, NULL, NULL);
    assert_true(isnan(d.auroc) && isnan(d.interval.low) && isnan(d.interval.high));
    assert_true(isnan(delong_compare(3, a, b, (int[]){0, 0, 0}).p));
}

static void rows_missing_in_either_score_leave_the_test(void **state) {
    (void)state;
    double with_gap[N];
    for (int i = 0; i < N; i++) with_gap[i] = i == 3 ? NAN : b[i];
    assert_int_equal(delong_compare(N, a, with_gap, label).n, N - 1);
    assert_int_equal(delong(N, with_gap, label, NULL, NULL).negatives, 8);
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
    delong_t d = delong(n, score, many, NULL, NULL);
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
        cmocka_unit_test(the_interval_reaches_as_far_as_either),
        cmocka_unit_test(a_class_of_one_row_has_no_interval),
        cmocka_unit_test(strata_add_their_variances),
        cmocka_unit_test(one_class_gives_nan_everywhere),
        cmocka_unit_test(rows_missing_in_either_score_leave_the_test),
        cmocka_unit_test(intervals_stay_in_the_unit_range_for_many_rows),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
