/* The order of a sweep: what may be said of it, and the score that it goes by. Oracles: the record
 * of the trial itself, and the ids of the same sweep without an order. */
#include "train/sweep_text.h"

#include <math.h>

#include "train/order_options.h"

static void refuse(const char *text, const char *words) {
    spec_t *spec = NULL;
    plan_t *plan = NULL;
    trial_cost_t cost;
    status_t status = spec_parse("test.yaml", text, strlen(text), train_field_sets, &spec);
    if (status == STATUS_OK) status = plan_create(spec, &plan);
    if (status == STATUS_OK) status = trial_estimate(plan_trial(plan, 0)->config, &cost);
    assert_int_equal(status, STATUS_SPEC);
    if (!strstr(status_message(), words)) fail_msg("no '%s' in: %s", words, status_message());
    plan_destroy(&plan);
    spec_destroy(&spec);
}

static void what_makes_no_sense_is_refused(void **state) {
    (void)state;
    refuse("name: a\norder.by: roh\n", "rho");
    refuse("name: a\norder: {by: rho, audit: 0}\n", "order.audit");
    refuse("name: a\norder.audit: 0.2\n", "only matters with order.by");
    refuse("name: a\norder: {by: random, audit: 0.2}\n", "remove order.first and order.audit");
    refuse("name: a\norder.by: rho\nprobe.rksp.steps: [5]\n", "add 0 to probe.rksp.steps");
    refuse("name: a\npolicy.risk.above: 0.5\nprobe.rksp.steps: [5]\n",
           "policy.risk.above: the risk is not measured; add 0 to probe.rksp.steps");
}

static void it_is_one_for_the_whole_sweep(void **state) {
    (void)state;
    static const char one_for_all[] = "changes no result, so it tells no trials apart";
    refuse("name: a\naxes: {product: {order.by: [rho, random]}}\n", one_for_all);
    refuse("name: a\narms: {base: {}, other: {order.by: rho}}\n", one_for_all);
    refuse("name: a\ninclude: [{order.by: rho}]\n", one_for_all);
    refuse("name: a\nsearch: {key: order.audit, from: 0.1, to: 0.5}\n", "no number along which");
}

static void options_are_read_as_written(void **state) {
    (void)state;
    sweep_text_t sweep = sweep_of("order: {by: kappa_v, first: lowest, audit: 0.3}");
    order_options_t options = order_options(plan_trial(sweep.plan, 0)->config);
    assert_int_equal(options.by, ORDER_BY_SCORE);
    assert_string_equal(options.score, "kappa_v");
    assert_int_equal(options.direction, ORDER_LOWEST_FIRST);
    assert_true(options.audit == 0.3);
    sweep_end(&sweep);
    sweep = sweep_of("");
    assert_int_equal(order_options(plan_trial(sweep.plan, 0)->config).by, ORDER_BY_LENGTH);
    sweep_end(&sweep);
}

static void ids_do_not_depend_on_it(void **state) {
    (void)state;
    static const char arms[] = "arms: {base: {}, clip: {train.clip: 1}}\n";
    char text[256];
    sweep_text_t plain = sweep_of(arms);
    snprintf(text, sizeof text, "order: {by: rho, audit: 0.3}\n%s", arms);
    sweep_text_t ordered = sweep_of(text);
    for (size_t i = 0; i < 2; i++) {
        assert_string_equal(plan_trial(plain.plan, i)->id, plan_trial(ordered.plan, i)->id);
        assert_string_equal(plan_trial(plain.plan, i)->pair, plan_trial(ordered.plan, i)->pair);
    }
    sweep_end(&plain);
    sweep_end(&ordered);
}

/* Bit for bit, of every trial. */
static void check_screening(const char *options) {
    static const char *const scores[] = {"m_near_unit", "kappa_v", "near_unit_log_kappa"};
    sweep_text_t sweep = sweep_of(options);
    for (size_t i = 0; i < plan_count(sweep.plan); i++) {
        record_t record = {0};
        const trial_t *trial = plan_trial(sweep.plan, i);
        run_trial(trial, &record);
        for (int k = 0; k < 3; k++) {
            char path[64];
            double score;
            assert_int_equal(trial_screen(trial, &(trial_setting_t){0}, scores[k], &score),
                             STATUS_OK);
            snprintf(path, sizeof path, "summary/%s", scores[k]);
            assert_true(score == number_of(&record, path));
        }
        record_clear(&record);
    }
    sweep_end(&sweep);
}

static void a_score_is_that_of_the_record(void **state) {
    (void)state;
    check_screening("train: {steps: 3, batch: 4, valid_batches: 1}\nprobe.rksp.samples: 128\n"
                    "axes: {product: {model.norm: [pre_ln, none]}}\n");
    check_screening("train: {steps: 2, batch: 4, valid_batches: 1}\nprobe.rksp.samples: 128\n"
                    "resources.ranks_per_trial: 2\n");
}

static void so_is_that_of_a_gated_trial(void **state) {
    (void)state;
    check_screening("train: {steps: 2, batch: 4, valid_batches: 1}\nprobe.rksp.samples: 128\n"
                    "arms: {base: {}, gated: {model.init_std: 0.1, gate: {score: m_near_unit, "
                    "control: 0, threshold: 0}}}\n");
}

static void what_is_not_measured_has_no_score(void **state) {
    (void)state;
    double score;
    sweep_text_t sweep = sweep_of("train: {steps: 1, batch: 4}\nprobe.rksp.steps: []\n");
    assert_int_equal(trial_screen(plan_trial(sweep.plan, 0), &(trial_setting_t){0}, "rho", &score),
                     STATUS_OK);
    assert_true(isnan(score));
    sweep_end(&sweep);
}

static void screening_costs_one_profile(void **state) {
    (void)state;
    trial_cost_t one, two, none;
    sweep_text_t a = sweep_of("probe.rksp.steps: [0]"), b = sweep_of("probe.rksp.steps: [0, 9]"),
                 c = sweep_of("probe.rksp.steps: []");
    assert_int_equal(trial_estimate(plan_trial(a.plan, 0)->config, &one), STATUS_OK);
    assert_int_equal(trial_estimate(plan_trial(b.plan, 0)->config, &two), STATUS_OK);
    assert_int_equal(trial_estimate(plan_trial(c.plan, 0)->config, &none), STATUS_OK);
    assert_true(fabs(one.screening_flops / (one.flops - none.flops) - 1) < 1e-9);
    assert_true(two.screening_flops == one.screening_flops && none.screening_flops == 0);
    sweep_end(&a);
    sweep_end(&b);
    sweep_end(&c);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_makes_no_sense_is_refused),
        cmocka_unit_test(it_is_one_for_the_whole_sweep),
        cmocka_unit_test(options_are_read_as_written),
        cmocka_unit_test(ids_do_not_depend_on_it),
        cmocka_unit_test(a_score_is_that_of_the_record),
        cmocka_unit_test(so_is_that_of_a_gated_trial),
        cmocka_unit_test(what_is_not_measured_has_no_score),
        cmocka_unit_test(screening_costs_one_profile),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
