/* A value means the same however it is written, and its canonical text reads back exactly. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "plan/plan.h"
#include "spec/sample_fields.h"
#include "spec/value.h"

/* Canonical text of `key` in the one configuration of a spec with the line "key: written". */
static void expect_text(const char *key, const char *written, const char *canonical) {
    char text[256];
    plan_t *plan = NULL;
    snprintf(text, sizeof text, "name: a\n%s: %s\n", key, written);
    spec_t *spec = sample_spec(text);
    if (!spec) fail_msg("%s: %s", text, status_message());
    assert_int_equal(plan_create(spec, &plan), STATUS_OK);
    assert_string_equal(config_text(plan_trial(plan, 0)->config, key), canonical);
    plan_destroy(&plan);
    spec_destroy(&spec);
}

static void a_real_has_one_text(void **state) {
    (void)state;
    const char *const ways[] = {"1e-3", "0.001", ".001", "1.0E-3", "+1e-03", "0.1e-2", "10e-4"};
    for (size_t i = 0; i < sizeof ways / sizeof *ways; i++)
        expect_text("train.lr", ways[i], "0.001");
    expect_text("train.lr", "1e-4", "0.0001");
    expect_text("train.lr", "3", "3");
    expect_text("train.lr", "3.", "3");
    expect_text("train.lr", "1e-8", "1e-08");
    expect_text("train.dropout", "-0.0", "0");
}

static void an_integer_may_be_written_as_a_real(void **state) {
    (void)state;
    const char *const ways[] = {"1000", "1e3", "1000.0", "+1000", "1E+3", "0.1e4"};
    for (size_t i = 0; i < sizeof ways / sizeof *ways; i++)
        expect_text("train.steps", ways[i], "1000");
}

static void lists_texts_and_choices_are_normalised(void **state) {
    (void)state;
    expect_text("train.probes", "[ 0,1e2 ,  200]", "[0, 100, 200]");
    expect_text("train.probes", "[]", "[]");
    expect_text("train.probes", "\n - 5\n - 6", "[5, 6]");
    expect_text("train.data", "\"/a path/to: it\"", "/a path/to: it");
    expect_text("train.data", "\"\"", "");
    expect_text("train.data", "'1e-3'", "1e-3");
    expect_text("model.norm", "'none'", "none");
    expect_text("model.bias", "true", "true");
}

/* Oracle: strtod. Doubles whose bits are spread over the whole range of exponents. */
static void shortest_text_reads_back_exactly(void **state) {
    (void)state;
    uint64_t bits = 1;
    for (int i = 0; i < 100000; i++) {
        double number;
        char text[32];
        bits = bits * 6364136223846793005u + 1442695040888963407u;
        memcpy(&number, &bits, sizeof number);
        if (!isfinite(number)) continue;
        value_format(number, text, sizeof text);
        assert_true(strtod(text, NULL) == number);
    }
}

static void shortest_text_is_short(void **state) {
    (void)state;
    char text[32];
    value_format(0.1, text, sizeof text);
    assert_string_equal(text, "0.1");
    value_format(0.1 + 0.2, text, sizeof text);
    assert_string_equal(text, "0.30000000000000004");
    value_format(1.0 / 3.0, text, sizeof text);
    assert_string_equal(text, "0.3333333333333333");
}

static void large_integers_stay_exact(void **state) {
    (void)state;
    const field_t field = {"n", FIELD_INT, 0, -9.3e18, 9.3e18, "0", NULL, "any"};
    value_t value = {0};
    assert_int_equal(value_read(&field, (word_t){"9007199254740993", 0}, &value), STATUS_OK);
    assert_true(value.integer == 9007199254740993);
    assert_string_equal(value.text, "9007199254740993");
    value_clear(&value);
    assert_int_equal(value_read(&field, (word_t){"9.1e18", 0}, &value), STATUS_SPEC);
    assert_int_equal(value_read(&field, (word_t){"9223372036854775808", 0}, &value), STATUS_SPEC);
    assert_null(value.text);
}

static void a_config_fills_the_modules_structs(void **state) {
    (void)state;
    plan_t *plan = NULL;
    spec_t *spec = sample_spec("name: a\nmodel: {norm: none, layers: 8, bias: true}\n"
                               "train: {lr: 3e-2, data: /data, probes: [0, 50]}\n");
    assert_int_equal(plan_create(spec, &plan), STATUS_OK);
    const config_t *config = plan_trial(plan, 0)->config;
    struct sample_model model;
    struct sample_train train;
    config_read(config, &sample_model_set, &model);
    config_read(config, &sample_train_set, &train);
    assert_string_equal(model.norm, "none");
    assert_int_equal(model.layers, 8);
    assert_int_equal(model.width, 128); /* the default */
    assert_true(model.bias);
    assert_true(train.lr == 3e-2 && train.dropout == 0.0);
    assert_int_equal(train.steps, 200);
    assert_string_equal(train.data, "/data");
    assert_int_equal(train.probes.count, 2);
    assert_int_equal(train.probes.at[1], 50);
    plan_destroy(&plan);
    spec_destroy(&spec);
}

static void a_config_walks_its_keys_in_order(void **state) {
    (void)state;
    plan_t *plan = NULL;
    spec_t *spec = sample_spec("name: a\naxes: {product: {train.lr: [2, 3]}}\n");
    assert_int_equal(plan_create(spec, &plan), STATUS_OK);
    const config_t *config = plan_trial(plan, 1)->config;
    size_t count = 0, numbers = 0;
    for (; config_key(config, count); count++) {
        if (count)
            assert_true(strcmp(config_key(config, count - 1), config_key(config, count)) < 0);
        const char *text = config_text_at(config, count);
        assert_string_equal(text, config_text(config, config_key(config, count)));
        numbers += (size_t)config_is_number_at(config, count);
    }
    assert_int_equal(count, 9);
    assert_int_equal(numbers, 6);
    assert_null(config_text_at(config, count));
    assert_string_equal(config_text(config, "train.lr"), "3");
    assert_true(config_number(config, "train.lr") == 3.0);
    assert_true(config_number(config, "model.bias") == 0.0);
    assert_true(isnan(config_number(config, "model.norm")));
    assert_true(isnan(config_number(config, "no.such")));
    assert_null(config_text(config, "no.such"));
    plan_destroy(&plan);
    spec_destroy(&spec);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_real_has_one_text),
        cmocka_unit_test(an_integer_may_be_written_as_a_real),
        cmocka_unit_test(lists_texts_and_choices_are_normalised),
        cmocka_unit_test(shortest_text_reads_back_exactly),
        cmocka_unit_test(shortest_text_is_short),
        cmocka_unit_test(large_integers_stay_exact),
        cmocka_unit_test(a_config_fills_the_modules_structs),
        cmocka_unit_test(a_config_walks_its_keys_in_order),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
