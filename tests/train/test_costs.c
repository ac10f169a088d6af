/* Costs of whole plans. Oracle: trial_estimate, trial by trial. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "spec/catalog.h"
#include "train/costs.h"
#include "train/sweep_text.h"

#define MIXED                                                                                      \
    "name: mixed\nreplicas: 2\naxes:\n  product:\n    train.lr: [1e-3, 1e-2, 1e-1]\n"              \
    "    model.layers: [1, 2]\n    model.arch: [gpt, llama]\n    train.sam_rho: [0, 0.05, 0.1]\n"  \
    "include: [{train.batch: 7}]\narms: {base: {}, clip: {train.clip: 1}}\n"

static void every_trial_costs_what_it_costs_by_itself(void **state) {
    (void)state;
    costs_t costs;
    sweep_text_t sample = sweep_of_text(MIXED);
    assert_int_equal(costs_create(sample.plan, trial_estimate, &costs), STATUS_OK);
    for (size_t i = 0; i < plan_count(sample.plan); i++) {
        trial_cost_t alone;
        assert_int_equal(trial_estimate(plan_trial(sample.plan, i)->config, &alone), STATUS_OK);
        assert_memory_equal(&costs_of(&costs, i)->cost, &alone, sizeof alone);
    }
    costs_destroy(&costs);
    sweep_end(&sample);
}

/* 2 depths x 2 architectures x 3 sam_rho + 1; families: sam on or off in each architecture. */
static void kinds_and_families_are_few(void **state) {
    (void)state;
    costs_t costs;
    sweep_text_t sample = sweep_of_text(MIXED);
    assert_int_equal(costs_create(sample.plan, trial_estimate, &costs), STATUS_OK);
    assert_int_equal(costs.kind_count, 13);
    assert_int_equal(costs.family_count, 4);
    sweep_end(&sample);
    costs_destroy(&costs);
}

static void the_trial_whose_options_do_not_go_together_is_named(void **state) {
    (void)state;
    costs_t costs;
    sweep_text_t sample = sweep_of_text("name: a\naxes:\n  product: {model.heads: [4, 3]}\n");
    assert_int_equal(costs_create(sample.plan, trial_estimate, &costs), STATUS_SPEC);
    assert_non_null(strstr(status_message(), plan_trial(sample.plan, 1)->id));
    assert_non_null(strstr(status_message(), "model.heads: 3"));
    assert_null(costs.kind_of);
    sweep_end(&sample);
}

/* Estimates `key: value` on top of `base`; of `base` alone where the option has no effect. */
static trial_cost_t estimate(const char *base, const char *key, const char *value) {
    char text[256];
    trial_cost_t cost;
    spec_t *spec;
    snprintf(text, sizeof text, "name: a\n%s%s: %s\n", base, key, value);
    if (spec_parse("costless.yaml", text, strlen(text), train_field_sets, &spec) == STATUS_OK)
        spec_destroy(&spec);
    else if (strstr(status_message(), "has no effect"))
        snprintf(text, sizeof text, "name: a\n%s", base);
    sweep_text_t sample = sweep_of_text(text);
    if (trial_estimate(plan_trial(sample.plan, 0)->config, &cost) != STATUS_OK)
        fail_msg("%s: %s", text, status_message());
    sweep_end(&sample);
    return cost;
}

/* The default, and both ends of the range or every choice, cost the same. */
static void check_costless(const char *base, const field_t *field) {
    char value[32];
    trial_cost_t fallback = estimate(base, field->key, field->fallback), other;
    if (field->choices)
        for (const char *const *name = field->choices(); *name; name++) {
            other = estimate(base, field->key, *name);
            assert_memory_equal(&other, &fallback, sizeof other);
        }
    for (int end = 0; end < 2 && !field->choices; end++) {
        snprintf(value, sizeof value, "%.17g", end ? field->max : field->min);
        if (field->type == FIELD_BOOL) snprintf(value, sizeof value, end ? "true" : "false");
        other = estimate(base, field->key, value);
        assert_memory_equal(&other, &fallback, sizeof other);
    }
}

static void costless_options_cost_nothing(void **state) {
    (void)state;
    static const char *const bases[] = {
        "",
        "model.arch: vit\ntask.name: cifar10\ntrain.optimizer: sgd\n",
        "train.weight_norm: true\n",
        "curvature.every: 10\n",
        "kss.alpha: 0.1\ntrain.optimizer: lion\n",
        "train.sam_rho: 0.1\ntrain.mup_base_width: 64\n",
    };
    catalog_t catalog = {0};
    size_t marked = 0;
    assert_int_equal(catalog_create(train_field_sets, NULL, &catalog), STATUS_OK);
    for (size_t i = 0; i < catalog.count; i++) {
        if (!catalog.fields[i]->is_costless) continue;
        marked++;
        for (size_t k = 0; k < sizeof bases / sizeof *bases; k++)
            check_costless(bases[k], catalog.fields[i]);
    }
    assert_true(marked > 15);
    catalog_destroy(&catalog);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_trial_costs_what_it_costs_by_itself),
        cmocka_unit_test(kinds_and_families_are_few),
        cmocka_unit_test(the_trial_whose_options_do_not_go_together_is_named),
        cmocka_unit_test(costless_options_cost_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
