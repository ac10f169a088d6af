/* Short forms of axes: what they are written out as. Oracles: lists by hand, and what must hold of
 * any draw. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include <math.h>

#include "plan/sample.h"

static sample_t open_axes(const char *axes) {
    char text[1024];
    snprintf(text, sizeof text, "name: a\naxes: {%s}\n", axes);
    return open_sample(text);
}

/* The sweep says the same as one that lists its values. */
static void assert_same(const char *axes, const char *listed) {
    sample_t a = open_axes(axes), b = open_axes(listed);
    assert_string_equal(spec_expanded(a.spec), spec_expanded(b.spec));
    spec_t *again = sample_spec(spec_expanded(a.spec));
    assert_non_null(again);
    assert_string_equal(spec_expanded(again), spec_expanded(a.spec));
    spec_destroy(&again);
    close_sample(&a);
    close_sample(&b);
}

static void a_range_is_its_list(void **state) {
    (void)state;
    assert_same("product: {train.lr: {logspace: {from: 1e-4, to: 1e-1, count: 5}}}",
                "product: {train.lr: [1e-4, 5.62e-4, 3.16e-3, 1.78e-2, 1e-1]}");
    assert_same("product: {train: {dropout: {linspace: {from: 0, to: 1, count: 4}}}}",
                "product: {train.dropout: [0, 0.333, 0.667, 1]}");
    assert_same("zip: {model.layers: [2, 3], model.width: {linspace: {from: 8, to: 16, count: 2}}}",
                "zip: {model.layers: [2, 3], model.width: [8, 16]}");
}

static void whole_options_get_whole_numbers(void **state) {
    (void)state;
    assert_same("product: {model.layers: {linspace: {from: 1, to: 8, count: 4}}}",
                "product: {model.layers: [1, 3, 6, 8]}");
    assert_same("product: {model.width: {logspace: {from: 64, to: 1024, count: 5}}}",
                "product: {model.width: [64, 128, 256, 512, 1024]}");
    assert_same("product: {train.steps: {linspace: {from: 1000, to: 100000, count: 3}}}",
                "product: {train.steps: [1000, 50500, 100000]}");
}

static void close_numbers_get_the_digits_they_need(void **state) {
    (void)state;
    assert_same("product: {train.lr: {linspace: {from: 1, to: 1.001, count: 5}}}",
                "product: {train.lr: [1, 1.00025, 1.0005, 1.00075, 1.001]}");
    assert_same("product: {train.lr: {logspace: {from: 1, to: 1.01, count: 3}}}",
                "product: {train.lr: [1, 1.005, 1.01]}");
}

static void ends_stand_as_they_are_given(void **state) {
    (void)state;
    assert_same("product: {train.lr: {logspace: {from: 1.23456e-4, to: 0.0987654, count: 2}}}",
                "product: {train.lr: [1.23456e-4, 0.0987654]}");
}

static void several_zips_are_axes_each(void **state) {
    (void)state;
    sample_t s = open_axes("zip: [{model.layers: [1, 2], model.width: [8, 16]}, "
                           "{train.lr: [1, 2, 3], train.steps: [4, 5, 6]}]");
    assert_int_equal(plan_count(s.plan), 2 * 3);
    for (size_t i = 0; i < 6; i++) {
        const config_t *config = plan_trial(s.plan, i)->config;
        assert_true(config_number(config, "model.width") ==
                    8 * config_number(config, "model.layers"));
        assert_true(config_number(config, "train.steps") == 3 + config_number(config, "train.lr"));
    }
    spec_t *again = sample_spec(spec_expanded(s.spec));
    assert_non_null(again);
    assert_string_equal(spec_expanded(again), spec_expanded(s.spec));
    spec_destroy(&again);
    close_sample(&s);
}

/* --- samples --- */

#define DRAWS                                                                                      \
    "seed: 7, train.lr: {log: [1e-4, 1]}, model: {layers: {integer: [2, 5]}}, "                    \
    "model.norm: {choice: [none, pre_ln]}"

static void more_samples_keep_those_before(void **state) {
    (void)state;
    sample_t few = open_axes("random: {count: 8, " DRAWS "}");
    sample_t many = open_axes("random: {count: 20, " DRAWS "}");
    assert_int_equal(plan_count(few.plan), 8);
    assert_int_equal(plan_count(many.plan), 20);
    for (size_t i = 0; i < 8; i++)
        assert_string_equal(plan_trial(few.plan, i)->id, plan_trial(many.plan, i)->id);
    close_sample(&few);
    close_sample(&many);
}

static void another_option_changes_no_other(void **state) {
    (void)state;
    sample_t a = open_axes("random: {count: 8, " DRAWS "}");
    sample_t b = open_axes("random: {train.dropout: {uniform: [0, 1]}, count: 8, " DRAWS "}");
    for (size_t i = 0; i < 8; i++)
        assert_string_equal(config_text(plan_trial(a.plan, i)->config, "train.lr"),
                            config_text(plan_trial(b.plan, i)->config, "train.lr"));
    close_sample(&a);
    close_sample(&b);
}

static void another_seed_is_another_sample(void **state) {
    (void)state;
    sample_t a = open_axes("random: {count: 1, seed: 1, train.lr: {log: [1e-4, 1]}}");
    sample_t b = open_axes("random: {count: 1, seed: 2, train.lr: {log: [1e-4, 1]}}");
    assert_string_not_equal(plan_trial(a.plan, 0)->id, plan_trial(b.plan, 0)->id);
    close_sample(&a);
    close_sample(&b);
}

/* n draws of what is uniform on [0,1): mean and variance within 5 standard errors. */
static void assert_uniform(const double *x, size_t n) {
    double sum = 0, squares = 0;
    for (size_t i = 0; i < n; i++) {
        assert_true(x[i] >= 0 && x[i] <= 1);
        sum += x[i];
        squares += (x[i] - 0.5) * (x[i] - 0.5);
    }
    assert_true(fabs(sum / (double)n - 0.5) < 5 * sqrt(1.0 / 12 / (double)n));
    assert_true(fabs(squares / (double)n - 1.0 / 12) < 5 * sqrt(1.0 / 180 / (double)n));
}

static void draws_are_what_they_are_called(void **state) {
    (void)state;
    enum { N = 2000 };
    static double flat[N], log_share[N];
    int layers[6] = {0}, norms = 0;
    sample_t s =
        open_axes("random: {count: 2000, train.dropout: {uniform: [0.2, 0.7]}, " DRAWS "}");
    for (size_t i = 0; i < N; i++) {
        const config_t *config = plan_trial(s.plan, i)->config;
        flat[i] = (config_number(config, "train.dropout") - 0.2) / 0.5;
        log_share[i] = 1 + log10(config_number(config, "train.lr")) / 4;
        layers[(int)config_number(config, "model.layers")]++;
        norms += strcmp(config_text(config, "model.norm"), "none") == 0;
    }
    assert_uniform(flat, N);
    assert_uniform(log_share, N);
    for (int n = 2; n <= 5; n++) assert_true(abs(layers[n] - N / 4) < 5 * sqrt(N * 3.0 / 16));
    assert_true(abs(norms - N / 2) < 5 * sqrt(N / 4.0));
    close_sample(&s);
}

static void samples_stand_beside_products_zips_and_conditions(void **state) {
    (void)state;
    sample_t s = open_axes("product: {model.layers: [1, 2]}, zip: {train.steps: [3, 4]}, "
                           "random: {count: 5, train.lr: {log: [1e-4, 1]}}, "
                           "when: [{model.layers: 2, random: {count: 3, train.dropout: {uniform: "
                           "[0, 1]}}}]");
    assert_int_equal(plan_count(s.plan), 2 * 5 * (1 + 3));
    close_sample(&s);
}

/* --- sweeps of other programs --- */

/* The lines below the refusal's first are a sweep, with that many trials. */
static void assert_translated(const char *text, const char *what, size_t trials, const char *line) {
    assert_null(sample_spec(text));
    char message[2048];
    snprintf(message, sizeof message, "%s", status_message());
    const char *lines = strchr(message, '\n');
    assert_non_null(strstr(message, what));
    assert_non_null(lines);
    if (!strstr(lines, line)) fail_msg("%s", message);
    sample_t s = open_sample(lines + 1);
    assert_int_equal(plan_count(s.plan), trials);
    close_sample(&s);
}

static void a_sweep_of_wandb_is_told_its_lines(void **state) {
    (void)state;
    assert_translated("method: grid\nname: mine\nmetric: {name: loss, goal: minimize}\n"
                      "parameters:\n  lr: {values: [0.1, 0.01, 0.001]}\n  norm: {value: none}\n",
                      "sample.yaml:1: this is a sweep file of W&B", 3,
                      "    train.lr: [0.1, 0.01, 0.001]");
    assert_translated("method: bayes\nmetric: {name: loss}\nrun_cap: 12\nparameters:\n"
                      "  lr: {min: 1e-4, max: 0.1, distribution: log_uniform_values}\n"
                      "  layers: {min: 2, max: 8}\n  norm: {values: [none, pre_ln]}\n",
                      "W&B", 12, "    model.layers: {integer: [2, 8]}");
}

static void a_multirun_of_hydra_is_told_its_lines(void **state) {
    (void)state;
    assert_translated("defaults: [base]\nhydra:\n  mode: MULTIRUN\n  sweeper:\n    params:\n"
                      "      train.lr: 1e-3,1e-2\n      model.layers: choice(2, 4, 8)\n"
                      "      train.steps: range(10, 30, 10)\n",
                      "sample.yaml:1: this is a configuration of Hydra", 2 * 3 * 2,
                      "    model.layers: [2, 4, 8]");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_range_is_its_list),
        cmocka_unit_test(whole_options_get_whole_numbers),
        cmocka_unit_test(close_numbers_get_the_digits_they_need),
        cmocka_unit_test(ends_stand_as_they_are_given),
        cmocka_unit_test(several_zips_are_axes_each),
        cmocka_unit_test(more_samples_keep_those_before),
        cmocka_unit_test(another_option_changes_no_other),
        cmocka_unit_test(another_seed_is_another_sample),
        cmocka_unit_test(draws_are_what_they_are_called),
        cmocka_unit_test(samples_stand_beside_products_zips_and_conditions),
        cmocka_unit_test(a_sweep_of_wandb_is_told_its_lines),
        cmocka_unit_test(a_multirun_of_hydra_is_told_its_lines),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
