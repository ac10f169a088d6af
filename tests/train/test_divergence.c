/* The label: what counts as divergence, with which step and trigger, and that the run stops there.
 */
#include "train/sweep_text.h"

#include <math.h>

#include "train/divergence.h"

static const divergence_limits_t limits = {.loss = 50, .grad_norm = 500};

static void values_up_to_their_limits_are_fine(void **state) {
    (void)state;
    assert_null(divergence_trigger(&limits, 5.5, 0.3));
    assert_null(divergence_trigger(&limits, 50, 500));
}

static void each_limit_names_itself(void **state) {
    (void)state;
    assert_string_equal(divergence_trigger(&limits, nextafter(50, 51), 1), "loss");
    assert_string_equal(divergence_trigger(&limits, 5, nextafter(500, 501)), "grad_norm");
    assert_string_equal(divergence_trigger(&limits, 51, 501), "loss");
}

static void what_is_not_finite_is_divergence(void **state) {
    (void)state;
    assert_string_equal(divergence_trigger(&limits, NAN, 1), "not_finite");
    assert_string_equal(divergence_trigger(&limits, 1, NAN), "not_finite");
    assert_string_equal(divergence_trigger(&limits, INFINITY, 1), "not_finite");
    assert_string_equal(divergence_trigger(&limits, 1, -INFINITY), "not_finite");
}

/* Runs `options`; the run must end as diverged at a step > 0, that step being its last one. */
static void stops_with(const char *options, const char *trigger) {
    record_t record = {0};
    assert_int_equal(run_first(options, &record), TRIAL_DIVERGED);
    int64_t step = integer_of(&record, "outcome/step");
    assert_int_equal(integer_of(&record, "outcome/diverged"), 1);
    assert_string_equal(item_of(&record, "outcome/trigger")->data, trigger);
    assert_true(step > 0);
    assert_int_equal(item_of(&record, "series/loss")->shape[0], step + 1);
    assert_true(isnan(number_of(&record, "outcome/valid_loss")));
    assert_true(isfinite(number_of(&record, "summary/m_near_unit")));
    record_clear(&record);
}

/* A learning rate that blows every model up. */
#define WILD "train: {steps: 60, lr: 3, batch: 8}\nmodel.norm: none\n"

static void a_loss_beyond_its_limit_ends_the_run(void **state) {
    (void)state;
    stops_with(WILD "diverge.grad_norm: 1e30", "loss");
}
static void a_gradient_beyond_its_limit_ends_the_run(void **state) {
    (void)state;
    stops_with(WILD "diverge.loss: 1e30", "grad_norm");
}
static void overflow_ends_the_run(void **state) {
    (void)state;
    stops_with("train: {steps: 60, lr: 1000, batch: 8}\nmodel.norm: none\n"
               "diverge: {loss: 1e30, grad_norm: 1e30}",
               "not_finite");
}

static void the_first_step_can_diverge(void **state) {
    (void)state;
    record_t record = {0};
    assert_int_equal(run_first("train.steps: 5\ndiverge.loss: 1", &record), TRIAL_DIVERGED);
    assert_int_equal(integer_of(&record, "outcome/step"), 0);
    assert_int_equal(item_of(&record, "series/loss")->shape[0], 1);
    record_clear(&record);
}

static void a_run_may_go_on_after_its_divergence(void **state) {
    (void)state;
    record_t stopped = {0}, whole = {0};
    run_first(WILD, &stopped);
    assert_int_equal(run_first("train: {steps: 60, lr: 3, batch: 8, stop_on_divergence: false}\n"
                               "model.norm: none",
                               &whole),
                     TRIAL_DIVERGED);
    assert_int_equal(item_of(&whole, "series/loss")->shape[0], 60);
    assert_int_equal(integer_of(&whole, "outcome/step"), integer_of(&stopped, "outcome/step"));
    record_clear(&stopped);
    record_clear(&whole);
}

/* Clipping keeps the step small, but the label is the unclipped gradient's. */
static void the_label_is_taken_before_clipping(void **state) {
    (void)state;
    record_t record = {0};
    assert_int_equal(run_first("train: {steps: 5, clip: 1e-6}\ndiverge.grad_norm: 1e-3", &record),
                     TRIAL_DIVERGED);
    assert_string_equal(item_of(&record, "outcome/trigger")->data, "grad_norm");
    record_clear(&record);
}

static void a_stable_run_names_no_trigger(void **state) {
    (void)state;
    record_t record = {0};
    assert_int_equal(run_first("train.steps: 5", &record), TRIAL_COMPLETED);
    assert_int_equal(integer_of(&record, "outcome/diverged"), 0);
    assert_int_equal(integer_of(&record, "outcome/step"), 5);
    assert_string_equal(item_of(&record, "outcome/trigger")->data, "none");
    record_clear(&record);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(values_up_to_their_limits_are_fine),
        cmocka_unit_test(each_limit_names_itself),
        cmocka_unit_test(what_is_not_finite_is_divergence),
        cmocka_unit_test(a_loss_beyond_its_limit_ends_the_run),
        cmocka_unit_test(a_gradient_beyond_its_limit_ends_the_run),
        cmocka_unit_test(overflow_ends_the_run),
        cmocka_unit_test(the_first_step_can_diverge),
        cmocka_unit_test(a_run_may_go_on_after_its_divergence),
        cmocka_unit_test(the_label_is_taken_before_clipping),
        cmocka_unit_test(a_stable_run_names_no_trigger),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
