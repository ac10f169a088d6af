/* Logistic regression and held-out predictions against scikit-learn 1.9.1. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <math.h>

#include "base/rng.h"
#include "stats/auroc.h"
#include "stats/held_out.h"
#include "stats/logistic.h"

static void coefficients_equal_scikit_learn(void **state) {
    (void)state; /* LogisticRegression(C=2), tol=1e-12 */
    static const double x[20][3] = {
        {-.8, -1.32, -.25},  {.42, 1.14, .11},     {-.55, -.78, .75},  {1.63, .27, -1.23},
        {-.96, 1.6, .2},     {-1.73, -.08, -1.16}, {-.63, -.49, -.71}, {.55, -.06, -.59},
        {.41, .83, -1.64},   {-.26, -.98, -.17},   {-1.29, .02, -.04}, {-.3, -1.05, -.4},
        {-1.09, -1.36, .22}, {-1.11, 1.17, .72},   {-2, .27, -1.1},    {.03, .04, -1.99},
        {-.23, -.26, .96},   {-1.18, .74, -1.1},   {-.33, -.84, 1.45}, {.57, 2.43, .64}};
    static const int y[20] = {1, 1, 0, 1, 0, 0, 0, 1, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 1, 0};
    static const double expected[4] = {-0.376948829021427, 1.7139396756900527, -0.8979828773066016,
                                       0.356224758868771};
    double beta[4];
    logistic_fit(20, 3, &x[0][0], y, 0.5, beta);
    for (int i = 0; i < 4; i++) assert_true(fabs(beta[i] - expected[i]) < 1e-6);
    assert_true(fabs(logistic_predict(3, beta, x[0]) - 0.34257966562417236) < 1e-6);
}

static void separable_data_stay_finite(void **state) {
    (void)state;
    double beta[2];
    logistic_fit(4, 1, (double[]){-2, -1, 1, 2}, (int[]){0, 0, 1, 1}, 1, beta);
    assert_true(fabs(beta[0]) < 1e-9 && fabs(beta[1] - 1.00659431) < 1e-6);
}

static void one_class_predicts_a_shrunken_rate(void **state) {
    (void)state; /* (0 + 1/2)/(3 + 1) */
    double beta[2];
    logistic_fit(3, 1, (double[]){1, 2, 3}, (int[]){0, 0, 0}, 1, beta);
    assert_true(beta[1] == 0 && fabs(logistic_predict(1, beta, (double[]){9}) - 0.125) < 1e-15);
}

enum { N = 10 };
static const double x[N][2] = {{.1, 1}, {.4, 0}, {.3, 2}, {.9, 1}, {.8, 3},
                               {.2, 2}, {.7, 0}, {.5, 1}, {.6, 3}, {.45, 2}};
static const int y[N] = {0, 1, 0, 1, 1, 0, 0, 1, 0, 0};
static const uint64_t group[N] = {1, 1, 2, 3, 3, 4, 4, 3, 2, 1};

static void held_out_equals_scikit_learn(void **state) {
    (void)
        state; /* positives in groups 1 and 3: folds {1,2} and {3,4}; StandardScaler with ddof 1 */
    static const double expected[N] = {0.2821476412571576, 0.35719438727975816, 0.4789470784853557,
                                       0.4107590201457662, 0.11357746272690186, 0.1122614540428766,
                                       0.5387502043463469, 0.2910876718265792,  0.7319383015938354,
                                       0.5681952116813755};
    double p[N];
    held_out_logistic(N, 2, &x[0][0], y, group, 2, 1, (held_out_t){.probability = p});
    for (int i = 0; i < N; i++) assert_true(fabs(p[i] - expected[i]) < 1e-6);
}

static double logit(double p) { return log(p / (1 - p)); }

static void log_odds_ratios_differ_from_the_logits_by_one_number_per_fold(void **state) {
    (void)state;
    double p[N], score[N];
    held_out_logistic(N, 2, &x[0][0], y, group, 2, 1, (held_out_t){p, score});
    for (int i = 0; i < N; i++) {
        int first = group[i] <= 2 ? 0 : 3; /* a row of the same fold */
        assert_true(fabs((score[i] - score[first]) - (logit(p[i]) - logit(p[first]))) < 1e-9);
    }
}

/* AUROC of the held-out ranking of one draw: rows in groups of two, labels a coin each. */
static double null_auroc(uint32_t draw, size_t d, int is_random) {
    enum { ROWS = 60, D_MAX = 3 };
    double features[ROWS * D_MAX], score[ROWS];
    int label[ROWS];
    uint64_t pair[ROWS];
    rng_t rng = rng_open(7, 0, "null", draw);
    for (size_t i = 0; i < ROWS; i++) {
        pair[i] = i / 2;
        label[i] = rng_below(&rng, 4) == 0;
        for (size_t j = 0; j < d; j++) features[i * d + j] = is_random ? rng_normal(&rng) : 3;
    }
    held_out_logistic(ROWS, d, features, label, pair, 10, 1, (held_out_t){.log_odds_ratio = score});
    return auroc(ROWS, score, label).value;
}

static void features_without_a_value_of_their_own_rank_nothing(void **state) {
    (void)state; /* all rows are twins: none can be left out without its own outcome in the rest */
    for (uint32_t draw = 0; draw < 5; draw++) assert_true(isnan(null_auroc(draw, 3, 0)));
}

/* Three binary options of three replicas each; the first decides, the fit sees the others. Left out
 * one configuration at a time, its twin of the other outcome stays: AUROC 0, ECE .65 (scikit-learn
 * says the same); by features, as it must be: 1/2, and the rate of one half. */
static void twins_are_left_out_together(void **state) {
    (void)state;
    enum { ROWS = 24 };
    double features[ROWS][2], p[ROWS], score[ROWS];
    int label[ROWS];
    uint64_t configuration[ROWS];
    for (int i = 0; i < ROWS; i++) {
        int setting = i / 3;
        label[i] = setting & 1;
        features[i][0] = setting >> 1 & 1, features[i][1] = setting >> 2;
        configuration[i] = (uint64_t)(77 * setting + 5);
    }
    held_out_logistic(ROWS, 2, &features[0][0], label, configuration, 10, 1,
                      (held_out_t){p, score});
    assert_true(auroc(ROWS, score, label).value == 0.5);
    for (int i = 0; i < ROWS; i++) assert_true(fabs(p[i] - 0.5) < 1e-9);
}

/* Rows 0, 1 share a group, 1, 2 features, 2, 3 a group: none of the four sees another's outcome. */
static void what_is_joined_by_a_chain_is_left_out_together(void **state) {
    (void)state;
    double feature[8] = {1, 2, 2, 3, 4, 5, 6, 7}, before[8], after[8];
    uint64_t chain[8] = {1, 1, 2, 2, 3, 4, 5, 6};
    int label[8] = {0, 1, 0, 1, 0, 1, 0, 1}, other[8] = {1, 1, 1, 0, 0, 1, 0, 1};
    held_out_logistic(8, 1, feature, label, chain, 10, 1, (held_out_t){.probability = before});
    held_out_logistic(8, 1, feature, other, chain, 10, 1, (held_out_t){.probability = after});
    for (int i = 0; i < 4; i++) assert_true(before[i] == after[i] && before[i] > 0);
}

static void features_of_pure_noise_rank_no_better_than_a_coin(void **state) {
    (void)state; /* standard error of the mean: about 0.09 / sqrt(400) = 0.0045 */
    enum { DRAWS = 400 };
    double sum = 0;
    for (uint32_t draw = 0; draw < DRAWS; draw++) sum += null_auroc(draw, 3, 1);
    assert_true(fabs(sum / DRAWS - 0.5) < 0.015);
}

static void a_group_never_sees_its_own_label(void **state) {
    (void)state; /* the group's label decides everything; flipping it leaves its predictions */
    double before[N], after[N];
    int flipped[N];
    for (int i = 0; i < N; i++) flipped[i] = group[i] == 3 && i != 4 ? !y[i] : y[i];
    held_out_logistic(N, 2, &x[0][0], y, group, 4, 1, (held_out_t){.probability = before});
    held_out_logistic(N, 2, &x[0][0], flipped, group, 4, 1, (held_out_t){.probability = after});
    for (int i = 0; i < N; i++)
        if (group[i] == 3) assert_true(before[i] == after[i]);
}

static void unknown_features_and_lone_groups_get_nan(void **state) {
    (void)state;
    double gap[6] = {1, NAN, 2, 3, 4, 5}, p[6];
    held_out_logistic(6, 1, gap, (int[]){0, 1, 1, 0, 1, 0}, (uint64_t[]){1, 2, 3, 4, 5, 6}, 2, 1,
                      (held_out_t){.probability = p});
    assert_true(isnan(p[1]) && p[0] > 0 && p[3] < 1);
    held_out_logistic(2, 1, gap, (int[]){0, 1}, (uint64_t[]){7, 7}, 5, 1,
                      (held_out_t){.probability = p});
    assert_true(isnan(p[0]) && isnan(p[1]));
}

static void rows_predicted_from_one_class_get_nan(void **state) {
    (void)state; /* the only positive is in the first of two folds */
    double feature[4] = {1, 2, 3, 4}, p[4], score[4];
    held_out_logistic(4, 1, feature, (int[]){1, 0, 0, 0}, (uint64_t[]){1, 2, 1, 2}, 2, 1,
                      (held_out_t){p, score});
    assert_true(isnan(p[0]) && isnan(score[2]) && p[1] > 0 && !isnan(score[3]));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(coefficients_equal_scikit_learn),
        cmocka_unit_test(separable_data_stay_finite),
        cmocka_unit_test(one_class_predicts_a_shrunken_rate),
        cmocka_unit_test(held_out_equals_scikit_learn),
        cmocka_unit_test(log_odds_ratios_differ_from_the_logits_by_one_number_per_fold),
        cmocka_unit_test(features_without_a_value_of_their_own_rank_nothing),
        cmocka_unit_test(twins_are_left_out_together),
        cmocka_unit_test(what_is_joined_by_a_chain_is_left_out_together),
        cmocka_unit_test(features_of_pure_noise_rank_no_better_than_a_coin),
        cmocka_unit_test(a_group_never_sees_its_own_label),
        cmocka_unit_test(unknown_features_and_lone_groups_get_nan),
        cmocka_unit_test(rows_predicted_from_one_class_get_nan),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
