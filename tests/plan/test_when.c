/* Axes that vary under a condition only. Oracle: the configurations written out by hand. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "plan/sample.h"

static int has(const sample_t *sample, const char *norm, const char *lr, const char *steps) {
    int count = 0;
    for (size_t i = 0; i < plan_count(sample->plan); i++) {
        const config_t *config = plan_trial(sample->plan, i)->config;
        count += !strcmp(config_text(config, "model.norm"), norm) &&
                 !strcmp(config_text(config, "train.lr"), lr) &&
                 !strcmp(config_text(config, "train.steps"), steps);
    }
    return count;
}

#define NORMS                                                                                      \
    "name: a\ntrain.steps: 7\naxes:\n  product: {model.norm: [none, pre_ln, rms_norm]}\n  when:\n"

static void each_value_has_an_axis_of_its_own(void **state) {
    (void)state;
    sample_t s = open_sample(NORMS "    - {model.norm: none, product: {train.lr: [1, 2]}}\n"
                                   "    - {model.norm: pre_ln, product: {train.lr: [3, 4, 5]}}\n");
    assert_int_equal(plan_count(s.plan), 2 + 3 + 1);
    for (int lr = 1; lr <= 5; lr++) {
        char text[16];
        snprintf(text, sizeof text, "%d", lr);
        assert_int_equal(has(&s, lr <= 2 ? "none" : "pre_ln", text, "7"), 1);
    }
    assert_int_equal(has(&s, "rms_norm", "0.001", "7"), 1); /* what stands outside the axes */
    close_sample(&s);
}

/* As a product where both hold; and an axis of one condition may be zipped. */
static void conditions_that_hold_together_multiply(void **state) {
    (void)state;
    sample_t s = open_sample(
        "name: a\naxes:\n  product: {model.norm: [none, pre_ln], model.layers: [1, 2]}\n  when:\n"
        "    - {model.norm: none, product: {train.lr: [1, 2]}}\n"
        "    - {model.layers: 1, zip: {train.steps: [3, 4, 5], model.width: [8, 16, 32]}}\n");
    assert_int_equal(plan_count(s.plan), 2 * 3 + 2 + 3 + 1);
    assert_int_equal(has(&s, "none", "2", "4"), 1);
    assert_int_equal(has(&s, "none", "2", "200"), 1);
    assert_int_equal(has(&s, "pre_ln", "0.001", "5"), 1);
    assert_int_equal(has(&s, "pre_ln", "0.001", "200"), 1);
    close_sample(&s);
}

static void a_condition_of_several_options_needs_all(void **state) {
    (void)state;
    sample_t s = open_sample(
        "name: a\naxes:\n  product: {model.norm: [none, pre_ln], train.steps: [1, 2]}\n"
        "  when: [{model.norm: none, train.steps: 2, product: {train.lr: [1, 2, 3]}}]\n");
    assert_int_equal(plan_count(s.plan), 3 + 3);
    assert_int_equal(has(&s, "none", "3", "2"), 1);
    assert_int_equal(has(&s, "none", "3", "1"), 0);
    close_sample(&s);
}

static void ids_do_not_tell_how_an_axis_was_written(void **state) {
    (void)state;
    sample_t when = open_sample(NORMS "    - {model.norm: none, product: {train.lr: [1, 2]}}\n");
    sample_t plain = open_sample(
        "name: a\ntrain.steps: 7\naxes: {product: {model.norm: [pre_ln, rms_norm]}}\n"
        "include: [{model.norm: none, train.lr: 1}, {model.norm: none, train.lr: 2}]\n");
    assert_int_equal(plan_count(when.plan), plan_count(plain.plan));
    for (size_t i = 0; i < plan_count(when.plan); i++)
        assert_non_null(plan_find(plain.plan, plan_trial(when.plan, i)->id));
    close_sample(&when);
    close_sample(&plain);
}

static void the_expanded_text_reads_back(void **state) {
    (void)state;
    sample_t sample = open_sample(
        "name: a\nreplicas: 2\naxes:\n  product: {model.norm: [none, pre_ln, rms_norm]}\n"
        "  zip: {model.layers: [1, 2], model.width: [8, 16]}\n  when:\n"
        "    - {model.norm: none, model.layers: 2, product: {train.lr: [1, 2], train.dropout: [0, "
        "0.5]}}\n    - {model.norm: pre_ln, zip: {train.lr: [3, 4], train.steps: [5, 6]}}\n"
        "exclude: [{train.lr: 4, model.layers: 1}]\n");
    sample_t again = open_sample(spec_expanded(sample.spec));
    assert_string_equal(spec_expanded(sample.spec), spec_expanded(again.spec));
    assert_int_equal(plan_count(sample.plan), plan_count(again.plan));
    assert_int_equal(plan_count(sample.plan), 2 * (1 + 4 + 2 * 2 - 1 + 2));
    for (size_t i = 0; i < plan_count(sample.plan); i++)
        assert_string_equal(plan_trial(sample.plan, i)->id, plan_trial(again.plan, i)->id);
    close_sample(&sample);
    close_sample(&again);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_value_has_an_axis_of_its_own),
        cmocka_unit_test(conditions_that_hold_together_multiply),
        cmocka_unit_test(a_condition_of_several_options_needs_all),
        cmocka_unit_test(ids_do_not_tell_how_an_axis_was_written),
        cmocka_unit_test(the_expanded_text_reads_back),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
