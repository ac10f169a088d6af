/* AUROC: exact pair counts, ties, missing scores, one class, strata, size; chance. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <math.h>
#include <stdlib.h>
#include <time.h>

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

/* Labels of every choice of P rows: the share that gives an AUROC as low or lower. */
static double exact_chance_below(size_t n, const double *score, int positives, double found) {
    size_t hits = 0, all = 0;
    for (unsigned choice = 0; choice < 1u << n; choice++) {
        int label[16];
        if (__builtin_popcount(choice) != positives) continue;
        for (size_t i = 0; i < n; i++) label[i] = choice >> i & 1;
        hits += brute_force(n, score, label, NULL) <= found + 1e-12;
        all++;
    }
    return (double)hits / (double)all;
}

static void chance_below_is_that_of_all_deals(void **state) {
    (void)state;
    enum { ROWS = 12, DEALS = 20000 };
    double score[ROWS] = {1, 2, 2, 3, 4, 4, 4, 5, 6, 7, 7, 8};
    int label[ROWS] = {1, 0, 1, 1, 0, 0, 0, 0, 0, 0, 1, 0};
    double found = auroc(ROWS, score, label).value;
    double exact = exact_chance_below(ROWS, score, 4, found);
    double p = auroc_chance_below(ROWS, score, label, NULL, NULL, DEALS, 1);
    assert_true(fabs(p - exact) < 4 * sqrt(exact * (1 - exact) / DEALS));
}

static void chance_below_depends_on_the_seed_alone(void **state) {
    (void)state;
    size_t n = COUNT(tied_score);
    double reversed[COUNT(tied_score)];
    int label[COUNT(tied_score)], other[COUNT(tied_score)];
    for (size_t i = 0; i < n; i++) {
        reversed[i] = tied_score[n - 1 - i];
        label[i] = !tied_label[i];
    }
    for (size_t i = 0; i < n; i++) other[i] = label[n - 1 - i];
    double a = auroc_chance_below(n, tied_score, label, NULL, NULL, 500, 42);
    assert_true(a == auroc_chance_below(n, reversed, other, NULL, NULL, 500, 42));
    assert_true(a > 0 && a < 0.05);
}

static void strata_are_dealt_alone(void **state) {
    (void)state; /* within each stratum nothing can change: one class, or all tied */
    double score[] = {1, 1, 1, 5, 5, 5};
    int label[] = {1, 1, 1, 0, 1, 0}, stratum[] = {0, 0, 0, 1, 1, 1};
    assert_true(auroc_chance_below(6, score, label, stratum, NULL, 200, 1) == 1);
    assert_true(auroc_chance_below(6, score, label, NULL, NULL, 200, 1) < 1);
    assert_true(isnan(auroc_chance_below(3, score, label, NULL, NULL, 200, 1)));
}

static void ties_cost_nothing(void **state) {
    (void)state;
    enum { ROWS = 200000 };
    double *score = malloc(ROWS * sizeof *score), *weight = malloc(ROWS * sizeof *weight);
    int *label = malloc(ROWS * sizeof *label);
    for (int i = 0; i < ROWS; i++)
        score[i] = i % 2, label[i] = i / 2 % 2, weight[i] = 1 + i % 4 / 2;
    clock_t start = clock();
    assert_true(auroc_weighted(ROWS, score, label, NULL, weight).value == 0.5);
    assert_true(clock() - start < 5 * CLOCKS_PER_SEC); /* here: 0.03 s; quadratic: 20 s */
    free(label);
    free(weight);
    free(score);
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
        cmocka_unit_test(chance_below_is_that_of_all_deals),
        cmocka_unit_test(chance_below_depends_on_the_seed_alone),
        cmocka_unit_test(strata_are_dealt_alone),
        cmocka_unit_test(ties_cost_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
