/* Crossings of the edge of stability and the spikes after them, on series made by hand. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "near.h"
#include "probe/edge.h"

enum { STEPS = 70, ESTIMATES = 7 };

/* Estimates every 10 steps; the loss spikes at step 35 and at step 50 itself. */
static const int64_t at[ESTIMATES] = {0, 10, 20, 30, 40, 50, 60};

static void make_losses(double loss[STEPS]) {
    for (int i = 0; i < STEPS; i++) loss[i] = i == 35 || i == 50 || i == 15 ? 9 : 5;
}

static void an_estimate_stands_for_the_steps_after_it(void **state) {
    (void)state; /* 20: 21..30, 30: 31..40 with 35, 40: 41..50 with 50, 50: 51..60, 60: 61..69 */
    double loss[STEPS];
    make_losses(loss);
    const double ratio[ESTIMATES] = {9, 9, 1, 2, 0.5, 3, 0.1};
    edge_counts_t c = edge_count(loss, STEPS, at, ratio, ESTIMATES);
    assert_true(c.above == 2 && c.above_spiked == 1); /* those of steps 30, 50 */
    assert_true(c.below == 3 && c.below_spiked == 1); /* 1 is not above the edge */
    assert_near(c.auroc, 3.0 / 6, 1e-15);             /* 2, 0.5 against 1, 3, 0.1 */
}

static void what_is_not_known_does_not_count(void **state) {
    (void)state;
    double loss[STEPS];
    make_losses(loss);
    const double ratio[ESTIMATES] = {9, 9, NAN, 2, NAN, NAN, NAN};
    edge_counts_t c = edge_count(loss, STEPS, at, ratio, ESTIMATES);
    assert_true(c.above == 1 && c.above_spiked == 1 && c.below == 0 && c.below_spiked == 0);
    assert_true(isnan(c.auroc)); /* one class */
}

static void a_run_that_stopped_ends_its_last_interval(void **state) {
    (void)state; /* of 33 steps: the estimate of step 30 stands for 31, 32 */
    double loss[STEPS];
    make_losses(loss);
    loss[32] = NAN;
    const double ratio[ESTIMATES] = {0, 0, 0, 2, 2, 2, 2};
    edge_counts_t c = edge_count(loss, 33, at, ratio, ESTIMATES);
    assert_true(c.above == 1 && c.above_spiked == 1 && c.below == 1 && c.below_spiked == 0);
    assert_near(c.auroc, 1, 0);
    c = edge_count(loss, 31, at, ratio, ESTIMATES); /* nothing follows step 30 */
    assert_true(c.above == 0 && c.below == 1);
}

static double scalar(const record_t *record, const char *path) {
    double value = -1;
    return record_get(record, path, RECORD_F64, 1, &value) == STATUS_OK ? value : -2;
}

static void a_record_says_it_for_the_matrices_it_has(void **state) {
    (void)state;
    record_t record = {0};
    double loss[STEPS], lambda[ESTIMATES], edge[ESTIMATES];
    const size_t count = ESTIMATES;
    make_losses(loss);
    for (int i = 0; i < ESTIMATES; i++) lambda[i] = i == 3 ? 50 : 10, edge[i] = 38;
    record_put_vector(&record, "series/loss", loss, STEPS);
    record_put(&record, "curvature/step", RECORD_I64, 1, &count, at);
    record_put_vector(&record, "curvature/preconditioned_lambda", lambda, count);
    record_put_vector(&record, "curvature/preconditioned_edge", edge, count);
    edge_record(&record);
    assert_near(scalar(&record, "edge/above"), 1, 0);
    assert_near(scalar(&record, "edge/above_spiked"), 1, 0);
    assert_near(scalar(&record, "edge/below"), 4, 0);
    assert_near(scalar(&record, "edge/below_spiked"), 1, 0);
    assert_near(scalar(&record, "edge/auroc"), (3 + 1.5) / 6, 1e-15);
    assert_null(record_find(&record, "edge/above_hessian"));
    record_clear(&record);
}

static void nothing_measured_nothing_said(void **state) {
    (void)state;
    record_t record = {0};
    record_put_vector(&record, "series/loss", (double[]){5, 5}, 2);
    edge_record(&record);
    assert_int_equal(record.count, 1);
    record_clear(&record);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_estimate_stands_for_the_steps_after_it),
        cmocka_unit_test(what_is_not_known_does_not_count),
        cmocka_unit_test(a_run_that_stopped_ends_its_last_interval),
        cmocka_unit_test(a_record_says_it_for_the_matrices_it_has),
        cmocka_unit_test(nothing_measured_nothing_said),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
