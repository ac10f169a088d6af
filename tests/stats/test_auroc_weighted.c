/* Weighted AUROC. Oracles: the unweighted one on repeated rows, all pairs by hand, and the full
 * sample that a pruned one stands for. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <math.h>

#include "base/rng.h"
#include "near.h"
#include "stats/auroc.h"

enum { N = 200 };

typedef struct data {
    double score[N], weight[N];
    int label[N], stratum[N];
} data_t;

/* Scores with ties, weights 1, 2, 3. */
static data_t draw(uint32_t index) {
    data_t data;
    rng_t rng = rng_open(5, 0, "weighted", index);
    for (int i = 0; i < N; i++) {
        data.label[i] = rng_below(&rng, 3) == 0;
        data.score[i] = (double)rng_below(&rng, 30) + 4 * data.label[i];
        data.weight[i] = 1 + (double)rng_below(&rng, 3);
        data.stratum[i] = (int)rng_below(&rng, 4);
    }
    return data;
}

static void equal_weights_change_nothing(void **state) {
    (void)state;
    data_t d = draw(0);
    for (int i = 0; i < N; i++) d.weight[i] = 2.5;
    auroc_t plain = auroc_within(N, d.score, d.label, d.stratum);
    auroc_t weighted = auroc_weighted(N, d.score, d.label, d.stratum, d.weight);
    assert_near(weighted.value, plain.value, 1e-12);
    assert_int_equal(weighted.positives, plain.positives);
    assert_int_equal(weighted.strata, plain.strata);
}

static void a_whole_weight_is_that_many_rows(void **state) {
    (void)state;
    data_t d = draw(1);
    static double score[3 * N];
    static int label[3 * N], stratum[3 * N];
    size_t n = 0;
    for (int i = 0; i < N; i++)
        for (int k = 0; k < d.weight[i]; k++, n++) {
            score[n] = d.score[i];
            label[n] = d.label[i];
            stratum[n] = d.stratum[i];
        }
    assert_near(auroc_weighted(N, d.score, d.label, NULL, d.weight).value,
                auroc(n, score, label).value, 1e-12);
    assert_near(auroc_weighted(N, d.score, d.label, d.stratum, d.weight).value,
                auroc_within(n, score, label, stratum).value, 1e-12);
}

/* Scores above 20 are seen with a chance of 0.2 only: unweighted survivors mislead, weighted ones
 * do not, on average over many sweeps. */
static void audited_runs_stand_for_those_pruned(void **state) {
    (void)state;
    enum { SWEEPS = 1000 };
    double full = 0, weighted = 0, survivors = 0;
    for (uint32_t sweep = 0; sweep < SWEEPS; sweep++) {
        data_t d = draw(100 + sweep);
        rng_t rng = rng_open(6, 0, "audit", sweep);
        full += auroc(N, d.score, d.label).value / SWEEPS;
        for (int i = 0; i < N; i++) {
            d.weight[i] = d.score[i] > 20 ? 5 : 1;
            if (d.score[i] > 20 && rng_uniform(&rng) >= 0.2) d.score[i] = NAN;
        }
        weighted += auroc_weighted(N, d.score, d.label, NULL, d.weight).value / SWEEPS;
        survivors += auroc(N, d.score, d.label).value / SWEEPS;
    }
    assert_near(weighted, full, 0.009);
    assert_true(fabs(survivors - full) > 0.02);
}

static void a_weight_of_one_is_no_weight(void **state) {
    (void)state;
    data_t d = draw(4);
    for (int i = 0; i < N; i++) d.weight[i] = 1;
    auroc_t plain = auroc_within(N, d.score, d.label, d.stratum);
    auroc_t weighted = auroc_weighted(N, d.score, d.label, d.stratum, d.weight);
    assert_memory_equal(&plain, &weighted, sizeof plain);
}

static void one_class_has_none(void **state) {
    (void)state;
    data_t d = draw(2);
    for (int i = 0; i < N; i++) d.label[i] = 1;
    assert_true(isnan(auroc_weighted(N, d.score, d.label, NULL, d.weight).value));
    assert_true(isnan(auroc_weighted(0, NULL, NULL, NULL, NULL).value));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(equal_weights_change_nothing),
        cmocka_unit_test(a_whole_weight_is_that_many_rows),
        cmocka_unit_test(audited_runs_stand_for_those_pruned),
        cmocka_unit_test(a_weight_of_one_is_no_weight),
        cmocka_unit_test(one_class_has_none),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
