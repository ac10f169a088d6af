/* The ROC curve has the AUROC as its area, ties counted one half, and its points keep a width. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/rng.h"
#include "stats/auroc.h"
#include "stats/roc.h"

static double area(const roc_t *roc) {
    double sum = 0;
    for (size_t k = 1; k < roc->count; k++)
        sum += (roc->false_positive[k] - roc->false_positive[k - 1]) *
               (roc->true_positive[k] + roc->true_positive[k - 1]) / 2;
    return sum;
}

static void its_area_is_the_auroc(void **state) {
    (void)state;
    for (uint32_t sample = 0; sample < 50; sample++) {
        double score[40];
        int label[40];
        rng_t rng = rng_open(1, sample, "roc", 0);
        for (int i = 0; i < 40; i++) {
            score[i] = i % 13 ? rng_below(&rng, 2 + sample) : NAN; /* many ties at first */
            label[i] = i % 3 == 0;
        }
        roc_t roc = roc_curve(40, score, label);
        assert_true(fabs(area(&roc) - auroc(40, score, label).value) < 1e-12);
        roc_free(&roc);
    }
}

/* The example in scikit-learn's documentation of roc_curve. */
static void points_are_those_of_scikit_learn(void **state) {
    (void)state;
    const double score[] = {.1, .4, .35, .8}, across[] = {0, 0, .5, .5, 1},
                 up[] = {0, .5, .5, 1, 1};
    const int label[] = {0, 0, 1, 1};
    roc_t roc = roc_curve(4, score, label);
    assert_int_equal(roc.count, 5);
    for (int k = 0; k < 5; k++) {
        assert_true(roc.false_positive[k] == across[k]);
        assert_true(roc.true_positive[k] == up[k]);
    }
    roc_free(&roc);
}

static void perfect_separation_leaves_room_for_doubt(void **state) {
    (void)state;
    const double score[] = {3, 2, 1, 0};
    const int label[] = {1, 1, 0, 0};
    roc_t roc = roc_curve(4, score, label);
    assert_true(roc.true_positive[2] == 1 && roc.up[2].low < 0.5); /* both of two */
    assert_true(roc.false_positive[2] == 0 && roc.across[2].high > 0.5);
    roc_free(&roc);
}

static void one_class_has_no_curve(void **state) {
    (void)state;
    const double score[] = {1, 2};
    roc_t roc = roc_curve(2, score, (const int[]){1, 1});
    assert_true(roc.count == 0 && !roc.true_positive);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(its_area_is_the_auroc),
        cmocka_unit_test(points_are_those_of_scikit_learn),
        cmocka_unit_test(perfect_separation_leaves_room_for_doubt),
        cmocka_unit_test(one_class_has_no_curve),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
