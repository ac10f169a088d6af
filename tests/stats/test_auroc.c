/* AUROC: exact pair counts, ties, missing scores, one class, strata, size; bootstrap interval. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <math.h>
#include <stdlib.h>

#include "base/rng.h"
#include "stats/auroc.h"

#define COUNT(x) (sizeof(x) / sizeof((x)[0]))

static const double tied_score[] = {.1, .2,  .2, .3, .35, .4, .4, .5,
                                    .5, .55, .6, .7, .7,  .8, .8, .95};
static const int tied_label[] = {0, 0, 0, 0, 0, 0, 1, 0, 1, 0, 1, 1, 0, 1, 1, 1};

/* Every pair by hand, within strata. */
static double brute_force(size_t n, const double *score, const int *label, const int *stratum) {
    double wins = 0, pairs = 0;
    for (size_t i = 0; i < n; i++) {
        for (size_t j = 0; j < n; j++) {
            if (!label[i] || label[j] || (stratum && stratum[i] != stratum[j])) continue;
            if (isnan(score[i]) || isnan(score[j])) continue;
            pairs++;
            wins += score[i] > score[j] ? 1 : score[i] == score[j] ? 0.5 : 0;
        }
    }
    return wins / pairs;
}

static void equals_scikit_learn_with_ties(void **state) {
    (void)state; /* sklearn 1.9.1 roc_auc_score */
    auroc_t a = auroc(COUNT(tied_score), tied_score, tied_label);
    assert_true(fabs(a.value - 0.880952380952381) < 1e-15);
    assert_int_equal(a.positives, 7);
    assert_int_equal(a.negatives, 9);
}

static void all_tied_is_one_half(void **state) {
    (void)state;
    assert_true(auroc(4, (double[]){1, 1, 1, 1}, (int[]){0, 1, 0, 1}).value == 0.5);
}

static void one_class_or_nothing_is_nan(void **state) {
    (void)state;
    double score[] = {.1, .2, .3};
    assert_true(isnan(auroc(3, score, (int[]){0, 0, 0}).value));
    assert_true(isnan(auroc(3, score, (int[]){1, 1, 1}).value));
    assert_true(isnan(auroc(0, score, NULL).value));
    interval_t none = auroc_bootstrap(3, score, (int[]){1, 1, 1}, NULL, 10, 1);
    assert_true(isnan(none.low) && isnan(none.high));
}

static void nan_scores_are_left_out_and_counted(void **state) {
    (void)state;
    double score[] = {NAN, .2, .9, NAN, .1};
    auroc_t a = auroc(5, score, (int[]){1, 0, 1, 0, 0});
    assert_true(a.value == 1);
    assert_int_equal(a.dropped, 2);
    assert_int_equal(a.positives + a.negatives, 3);
    double infinite[] = {INFINITY, INFINITY, 1};
    assert_true(auroc(3, infinite, (int[]){1, 0, 0}).value == 0.75);
}

static void equals_every_pair_on_random_data(void **state) {
    (void)state;
    rng_t rng = rng_open(7, 0, "test", 0);
    for (int trial = 0; trial < 300; trial++) {
        double score[40];
        int label[40], stratum[40];
        size_t n = 2 + rng_below(&rng, 39);
        for (size_t i = 0; i < n; i++) {
            score[i] = rng_below(&rng, 20) ? (double)rng_below(&rng, 8) : NAN;
            label[i] = (int)rng_below(&rng, 2);
            stratum[i] = (int)rng_below(&rng, 3);
        }
        double all = brute_force(n, score, label, NULL);
        double within = brute_force(n, score, label, stratum);
        double a = auroc(n, score, label).value;
        double w = auroc_within(n, score, label, stratum).value;
        assert_true(isnan(all) ? isnan(a) : fabs(a - all) < 1e-15);
        assert_true(isnan(within) ? isnan(w) : fabs(w - within) < 1e-15);
    }
}

static void within_ignores_strata_of_one_class(void **state) {
    (void)state; /* the score tells the strata apart and nothing else */
    double score[] = {5, 5, 5, 1, 1, 1, 0, 9};
    int label[] = {1, 1, 0, 0, 0, 1, 0, 0}, stratum[] = {0, 0, 0, 1, 1, 1, 2, 2};
    auroc_t a = auroc_within(8, score, label, stratum);
    assert_true(a.value == 0.5);
    assert_int_equal(a.strata, 2);
    assert_true(a.pairs == 4);
}

static void a_million_rows_stay_exact(void **state) {
    (void)state; /* positives at k, negatives at k - 1/2: positive k beats k + 1 of m negatives */
    size_t n = 1000000, m = n / 2;
    double *score = malloc(n * sizeof *score);
    int *label = malloc(n * sizeof *label);
    for (size_t k = 0; k < m; k++) {
        score[2 * k] = (double)k, label[2 * k] = 1;
        score[2 * k + 1] = (double)k - 0.5, label[2 * k + 1] = 0;
    }
    double expected = ((double)m + 1) / (2 * (double)m);
    assert_true(fabs(auroc(n, score, label).value - expected) < 1e-15);
    for (size_t i = 0; i < n; i++) score[i] = label[i] ? 1 + (double)i : -(double)i;
    assert_true(auroc(n, score, label).value == 1);
    free(label);
    free(score);
}

static void bootstrap_agrees_with_another_implementation(void **state) {
    (void)state; /* NumPy, 200000 stratified resamples: [0.6825, 1.0] */
    interval_t i = auroc_bootstrap(COUNT(tied_score), tied_score, tied_label, NULL, 20000, 42);
    assert_true(fabs(i.low - 0.6825) < 0.01);
    assert_true(fabs(i.high - 1) < 0.005);
}

static void bootstrap_depends_on_the_seed_alone(void **state) {
    (void)state;
    size_t n = COUNT(tied_score);
    double reversed[COUNT(tied_score)];
    int label[COUNT(tied_score)];
    for (size_t i = 0; i < n; i++) {
        reversed[i] = tied_score[n - 1 - i];
        label[i] = tied_label[n - 1 - i];
    }
    interval_t a = auroc_bootstrap(n, tied_score, tied_label, NULL, 1000, 42);
    interval_t b = auroc_bootstrap(n, reversed, label, NULL, 1000, 42);
    assert_true(a.low == b.low && a.high == b.high);
    assert_true(a.low < 0.880952380952381 && 0.880952380952381 < a.high);
}

static void bootstrap_never_loses_a_class(void **state) {
    (void)state; /* one positive in 50: a plain bootstrap would lose it in a third of resamples */
    double score[50];
    int label[50] = {1};
    for (int i = 0; i < 50; i++) score[i] = 50 - i;
    interval_t i = auroc_bootstrap(50, score, label, NULL, 500, 1);
    assert_true(i.low == 1 && i.high == 1);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(equals_scikit_learn_with_ties),
        cmocka_unit_test(all_tied_is_one_half),
        cmocka_unit_test(one_class_or_nothing_is_nan),
        cmocka_unit_test(nan_scores_are_left_out_and_counted),
        cmocka_unit_test(equals_every_pair_on_random_data),
        cmocka_unit_test(within_ignores_strata_of_one_class),
        cmocka_unit_test(a_million_rows_stay_exact),
        cmocka_unit_test(bootstrap_agrees_with_another_implementation),
        cmocka_unit_test(bootstrap_depends_on_the_seed_alone),
        cmocka_unit_test(bootstrap_never_loses_a_class),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
