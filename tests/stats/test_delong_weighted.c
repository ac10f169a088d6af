/* Variance of the weighted AUROC. Oracles: DeLong's for equal weights, its formula over all pairs,
 * and the scatter of estimates from many samples. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <math.h>

#include "base/rng.h"
#include "near.h"
#include "stats/delong.h"

enum { N = 120 };

typedef struct data {
    double score[N], weight[N];
    int label[N];
} data_t;

/* Scores with ties, weights 1, 2, 3. */
static data_t draw(uint32_t index) {
    data_t data;
    rng_t rng = rng_open(5, 0, "delong", index);
    for (int i = 0; i < N; i++) {
        data.label[i] = rng_below(&rng, 3) == 0;
        data.score[i] = (double)rng_below(&rng, 30) + 6 * data.label[i];
        data.weight[i] = 1 + (double)rng_below(&rng, 3);
    }
    return data;
}

static void equal_weights_give_delongs(void **state) {
    (void)state;
    data_t d = draw(0);
    for (int i = 0; i < N; i++) d.weight[i] = 2.5;
    delong_t plain = delong(N, d.score, d.label, NULL, NULL);
    delong_t weighted = delong(N, d.score, d.label, NULL, d.weight);
    assert_near(weighted.auroc, plain.auroc, 1e-12);
    assert_near(weighted.variance, plain.variance, 1e-12);
    assert_int_equal(weighted.positives, plain.positives);
    assert_near(weighted.interval.low, plain.interval.low, 1e-12);
    assert_near(weighted.interval.high, plain.interval.high, 1e-12);
}

/* Weighted share of the other class that row i beats, as a positive, or loses to. */
static double placement(const data_t *d, int i) {
    double won = 0, all = 0;
    for (int j = 0; j < N; j++) {
        if (d->label[j] == d->label[i]) continue;
        double difference = d->label[i] ? d->score[i] - d->score[j] : d->score[j] - d->score[i];
        won += d->weight[j] * (difference > 0 ? 1 : difference == 0 ? 0.5 : 0);
        all += d->weight[j];
    }
    return won / all;
}

static void the_formula_over_all_pairs_agrees(void **state) {
    (void)state;
    data_t d = draw(1);
    double auroc = 0, variance = 0;
    for (int side = 1; side >= 0; side--) {
        double sum = 0, squares = 0, count = 0;
        for (int i = 0; i < N; i++) {
            if (d.label[i] != side) continue;
            sum += d.weight[i];
            count++;
        }
        for (int i = 0; side && i < N; i++)
            auroc += d.label[i] ? d.weight[i] * placement(&d, i) / sum : 0;
        for (int i = 0; i < N; i++)
            if (d.label[i] == side) squares += pow(d.weight[i] * (placement(&d, i) - auroc), 2);
        variance += count / (count - 1) * squares / (sum * sum);
    }
    delong_t found = delong(N, d.score, d.label, NULL, d.weight);
    assert_near(found.auroc, auroc, 1e-12);
    assert_near(found.variance, variance, 1e-12);
}

static void rows_without_weight_or_score_are_left_out(void **state) {
    (void)state;
    data_t d = draw(2), fewer = draw(2);
    for (int i = 0; i < N; i += 3) d.weight[i] = 0, fewer.score[i] = NAN;
    delong_t a = delong(N, d.score, d.label, NULL, d.weight);
    delong_t b = delong(N, fewer.score, fewer.label, NULL, fewer.weight);
    assert_true(a.auroc == b.auroc && a.variance == b.variance);
    assert_int_equal(a.positives + a.negatives, N - N / 3);
}

static void one_class_has_no_auroc(void **state) {
    (void)state;
    data_t d = draw(3);
    for (int i = 0; i < N; i++) d.label[i] = 0;
    delong_t found = delong(N, d.score, d.label, NULL, d.weight);
    assert_true(isnan(found.auroc) && isnan(found.interval.low) && isnan(found.variance));
}

static void separated_classes_keep_a_width(void **state) {
    (void)state;
    data_t d = draw(4);
    for (int i = 0; i < N; i++) d.score[i] = d.label[i];
    delong_t found = delong(N, d.score, d.label, NULL, d.weight);
    assert_true(found.auroc == 1 && found.interval.high == 1);
    assert_true(found.interval.low < 0.99 && found.interval.low > 0.8);
}

/* Runs that are seen with chance 1 or 1/4, by score. */
static delong_t sampled(uint32_t index) {
    double score[4 * N], weight[4 * N];
    int label[4 * N];
    rng_t rng = rng_open(6, 0, "sampled", index);
    for (int i = 0; i < 4 * N; i++) {
        label[i] = rng_below(&rng, 3) == 0;
        score[i] = rng_normal(&rng) + label[i];
        double chance = score[i] > 0.8 ? 1 : 0.25;
        weight[i] = rng_uniform(&rng) < chance ? 1 / chance : 0;
    }
    return delong(4 * N, score, label, NULL, weight);
}

static void estimates_scatter_as_the_variance_says(void **state) {
    (void)state;
    enum { DRAWS = 2000 };
    double sum = 0, squares = 0, variance = 0;
    int covered = 0;
    double truth = erfc(-1 / sqrt(2) / sqrt(2)) / 2; /* Phi(1 / sqrt 2) */
    for (uint32_t i = 0; i < DRAWS; i++) {
        delong_t found = sampled(i);
        sum += found.auroc;
        squares += found.auroc * found.auroc;
        variance += found.variance / DRAWS;
        covered += found.interval.low <= truth && truth <= found.interval.high;
    }
    double mean = sum / DRAWS, scatter = squares / DRAWS - mean * mean;
    assert_true(fabs(mean - truth) < 0.003);
    assert_true(fabs(variance / scatter - 1) < 0.1); /* the scatter itself is known to 3 % */
    assert_true(covered > 0.94 * DRAWS);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(equal_weights_give_delongs),
        cmocka_unit_test(the_formula_over_all_pairs_agrees),
        cmocka_unit_test(rows_without_weight_or_score_are_left_out),
        cmocka_unit_test(one_class_has_no_auroc),
        cmocka_unit_test(separated_classes_keep_a_width),
        cmocka_unit_test(estimates_scatter_as_the_variance_says),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
