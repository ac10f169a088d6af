/* Parameters that nobody declares: their kinds as JSON, where they may stand, ids and texts that
 * come from them. Oracle: the JSON that a person would write. */
#include <math.h>

#include "external/params.h"
#include "train/sweep_text.h"

static sweep_text_t sweep_with(const char *options) {
    char text[2048];
    snprintf(text, sizeof text, "name: a\nexternal.command: [\"true\"]\n%s\n", options);
    return sweep_of_text(text);
}

static void expect_json(const char *written, const char *json) {
    char options[512];
    snprintf(options, sizeof options, "params.x: %s", written);
    sweep_text_t sweep = sweep_with(options);
    char *got = params_json(plan_trial(sweep.plan, 0)->config), wanted[512];
    snprintf(wanted, sizeof wanted, "{\"x\": %s}", json);
    assert_string_equal(got, wanted);
    free(got);
    sweep_end(&sweep);
}

static void a_value_keeps_its_kind(void **state) {
    (void)state;
    expect_json("3", "3");
    expect_json("-17", "-17");
    expect_json("1.0", "1.0");
    expect_json("1e-3", "0.001");
    expect_json("1e3", "1000.0");
    expect_json("9223372036854775807", "9223372036854775807");
    expect_json("1e300", "1e+300");
    expect_json("true", "true");
    expect_json("gelu", "\"gelu\"");
    expect_json("\"12\"", "\"12\"");
    expect_json("'true'", "\"true\"");
    expect_json("007", "\"007\"");
    expect_json("1.2.3", "\"1.2.3\"");
    expect_json("\"\"", "\"\"");
    expect_json("'a\"b\\c'", "\"a\\\"b\\\\c\"");
    expect_json("[0.9, 0.95]", "[0.9, 0.95]");
    expect_json("[1, a, \"2\", true]", "[1, \"a\", \"2\", true]");
    expect_json("[]", "[]");
    expect_json("'[1'", "\"[1\"");
}

static void they_may_stand_wherever_options_may(void **state) {
    (void)state;
    sweep_text_t sweep =
        sweep_with("params: {a: 1, deep: {er: x}}\n"
                   "axes: {product: {params.lr: [0.1, 1, auto]}, zip: {params: {m: [1], n: [2]}},\n"
                   "       when: [{params.lr: 1, product: {params.w: [5, 6]}}]}\n"
                   "exclude: [{params.lr: auto}]\n"
                   "include: [{params.only: 3}]\n"
                   "arms: {base: {}, clip: {params.clip: 1.0}}");
    const char *wanted[] = {
        "{\"a\": 1, \"deep.er\": \"x\", \"lr\": 0.1, \"m\": 1, \"n\": 2}",
        "{\"a\": 1, \"clip\": 1.0, \"deep.er\": \"x\", \"lr\": 0.1, \"m\": 1, \"n\": 2}",
        "{\"a\": 1, \"deep.er\": \"x\", \"lr\": 1, \"m\": 1, \"n\": 2, \"w\": 5}",
        "{\"a\": 1, \"clip\": 1.0, \"deep.er\": \"x\", \"lr\": 1, \"m\": 1, \"n\": 2, \"w\": 5}",
        "{\"a\": 1, \"deep.er\": \"x\", \"lr\": 1, \"m\": 1, \"n\": 2, \"w\": 6}",
        "{\"a\": 1, \"clip\": 1.0, \"deep.er\": \"x\", \"lr\": 1, \"m\": 1, \"n\": 2, \"w\": 6}",
        "{\"a\": 1, \"deep.er\": \"x\", \"only\": 3}",
        "{\"a\": 1, \"clip\": 1.0, \"deep.er\": \"x\", \"only\": 3}",
    };
    assert_int_equal(plan_count(sweep.plan), sizeof wanted / sizeof *wanted);
    for (size_t i = 0; i < plan_count(sweep.plan); i++) {
        char *json = params_json(plan_trial(sweep.plan, i)->config);
        assert_string_equal(json, wanted[i]);
        free(json);
    }
    sweep_end(&sweep);
}

/* A parameter that is added later, for other trials, changes no id; a spec written out reads back
 * to the same trials. */
static void ids_come_from_what_a_trial_has(void **state) {
    (void)state;
    sweep_text_t a = sweep_with("axes: {product: {params.lr: [0.1, 1.0]}}");
    sweep_text_t b = sweep_with("axes: {product: {params.lr: [0.1, 1.0, \"1.0\"]}}\n"
                                "include: [{params.new: 2}]");
    sweep_text_t again = sweep_of_text(spec_expanded(b.spec));
    for (size_t i = 0; i < 2; i++)
        assert_string_equal(plan_trial(a.plan, i)->id, plan_trial(b.plan, i)->id);
    assert_string_not_equal(plan_trial(b.plan, 1)->id, plan_trial(b.plan, 2)->id);
    assert_int_equal(plan_count(again.plan), plan_count(b.plan));
    for (size_t i = 0; i < plan_count(b.plan); i++)
        assert_string_equal(plan_trial(again.plan, i)->id, plan_trial(b.plan, i)->id);
    assert_string_equal(spec_expanded(again.spec), spec_expanded(b.spec));
    sweep_end(&a);
    sweep_end(&b);
    sweep_end(&again);
}

/* A column of numbers where all values are; what a trial has not is NaN there, or "". */
static void columns_are_numbers_where_all_values_are(void **state) {
    (void)state;
    sweep_text_t sweep = sweep_with("axes: {product: {params.lr: [0.1, 1], params.act: [a, 2]}}\n"
                                    "include: [{params.flag: true}]");
    const config_t *first = plan_trial(sweep.plan, 0)->config,
                   *last = plan_trial(sweep.plan, 4)->config;
    for (size_t i = 0; config_key(first, i); i++) {
        if (strcmp(config_key(first, i), "params.act") == 0)
            assert_false(config_is_number_at(first, i));
        if (strcmp(config_key(first, i), "params.lr") == 0)
            assert_true(config_is_number_at(first, i));
        if (strcmp(config_key(first, i), "params.lr") == 0)
            assert_true(config_is_absent_at(last, i));
    }
    assert_float_equal(config_number(first, "params.lr"), 0.1, 0);
    assert_true(isnan(config_number(last, "params.lr")));
    assert_float_equal(config_number(last, "params.flag"), 1, 0);
    assert_string_equal(config_text(last, "params.act"), "");
    sweep_end(&sweep);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_value_keeps_its_kind),
        cmocka_unit_test(they_may_stand_wherever_options_may),
        cmocka_unit_test(ids_come_from_what_a_trial_has),
        cmocka_unit_test(columns_are_numbers_where_all_values_are),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
