/* The gate of an arm: who is switched on, who is a control, what they run as. */
#include "train/sweep_text.h"

#include <math.h>
#include <unistd.h>

#include "near.h"
#include "train/gate.h"

#define RUN                                                                                        \
    "name: gate\nseed: 7\ntask: {seq_len: 16, vocab: 32}\n"                                        \
    "model: {width: 16, layers: 2, heads: 2, norm: none}\n"                                        \
    "train: {steps: 4, batch: 2, valid_batches: 1, lr: 1e-2}\n"
#define ARMS(control, threshold)                                                                   \
    "arms: {base: {}, plain: {train.clip: 0.01}, gated: {train.clip: 0.01, gate: {score: "         \
    "m_near_unit, control: " control ", threshold: " threshold "}}}\n"

static const trial_t *of_arm(const sweep_text_t *sweep, const char *arm, size_t nth) {
    for (size_t i = 0; i < plan_count(sweep->plan); i++) {
        const trial_t *trial = plan_trial(sweep->plan, i);
        if (strcmp(trial->arm, arm) == 0 && nth-- == 0) return trial;
    }
    fail_msg("no such trial of arm %s", arm);
    return NULL;
}

static void assert_same_run(const record_t *a, const record_t *b) {
    static const char *const paths[] = {"series/loss", "series/grad_norm", "valid/loss"};
    for (size_t i = 0; i < sizeof paths / sizeof *paths; i++) {
        const record_item_t *x = item_of(a, paths[i]), *y = item_of(b, paths[i]);
        assert_int_equal(record_item_count(x), record_item_count(y));
        assert_memory_equal(x->data, y->data, record_item_count(x) * sizeof(double));
    }
}

/* The gated trial runs as the first trial of arm `as` does; its record. */
static record_t runs_as(const char *text, const char *as) {
    sweep_text_t sweep = sweep_of_text(text);
    record_t gated = {0}, other = {0};
    run_trial(of_arm(&sweep, "gated", 0), &gated);
    run_trial(of_arm(&sweep, as, 0), &other);
    assert_same_run(&gated, &other);
    assert_near(number_of(&gated, "gate/risk"), number_of(&other, "summary/m_near_unit"), 0);
    record_clear(&other);
    sweep_end(&sweep);
    return gated;
}

static void a_risky_trial_runs_as_its_arm(void **state) {
    (void)state;
    record_t record = runs_as(RUN ARMS("0", "0"), "plain");
    assert_int_equal(integer_of(&record, "gate/risky"), 1);
    assert_int_equal(integer_of(&record, "gate/on"), 1);
    assert_near(number_of(&record, "gate/probability"), 1, 0);
    record_clear(&record);
}

static void any_other_trial_runs_as_the_base(void **state) {
    (void)state;
    record_t record = runs_as(RUN ARMS("0.5", "1.5"), "base");
    assert_int_equal(integer_of(&record, "gate/risky"), 0);
    assert_int_equal(integer_of(&record, "gate/on"), 0);
    assert_near(number_of(&record, "gate/probability"), 0, 0);
    record_clear(&record);
}

static void a_control_runs_as_the_base(void **state) {
    (void)state;
    record_t record = runs_as(RUN ARMS("0.999", "0"), "base");
    assert_int_equal(integer_of(&record, "gate/risky"), 1);
    assert_int_equal(integer_of(&record, "gate/on"), 0);
    assert_near(number_of(&record, "gate/probability"), 0.001, 1e-12);
    record_clear(&record);
}

static gate_t decided(const trial_t *trial, double risk) {
    gate_t gate;
    record_t initial = {0};
    record_put_f64(&initial, "summary/m_near_unit", risk);
    assert_true(gate_open(trial->config, &gate));
    gate_decide(trial, &initial, &gate);
    record_clear(&initial);
    return gate;
}

/* 600 replicas of 2 configurations: 0.3 +- 4 standard deviations, no draw like another, and the
 * same in both gated arms. */
static void controls_are_a_random_share_of_pairs(void **state) {
    (void)state;
    enum { TRIALS = 1200 };
    sweep_text_t sweep = sweep_of_text(
        RUN "replicas: 600\naxes: {product: {train.lr: [1e-3, 1e-2]}}\narms: {base: {}, one: "
            "{train.clip: 1, gate: {score: m_near_unit, control: 0.3}}, two: {train.clip: 2, gate: "
            "{score: m_near_unit, control: 0.3}}}\n");
    int controls = 0;
    double last = -1;
    for (size_t i = 0; i < TRIALS; i++) {
        gate_t one = decided(of_arm(&sweep, "one", i), 0.9);
        gate_t two = decided(of_arm(&sweep, "two", i), 0.9);
        assert_true(one.draw == two.draw && one.draw != last);
        assert_int_equal(one.is_on, one.draw >= 0.3);
        controls += !one.is_on;
        last = one.draw;
    }
    assert_near(controls / (double)TRIALS, 0.3, 4 * sqrt(0.3 * 0.7 / TRIALS));
    sweep_end(&sweep);
}

static void an_unknown_risk_is_risky(void **state) {
    (void)state;
    sweep_text_t sweep = sweep_of_text(RUN ARMS("0", "0.5"));
    const trial_t *trial = of_arm(&sweep, "gated", 0);
    assert_true(decided(trial, NAN).is_on);
    assert_true(decided(trial, 0.5).is_on);
    assert_false(decided(trial, 0.4999).is_on);
    sweep_end(&sweep);
}

static void a_decision_comes_back_from_its_record(void **state) {
    (void)state;
    sweep_text_t sweep = sweep_of_text(RUN ARMS("0.5", "0.5"));
    gate_t gate = decided(of_arm(&sweep, "gated", 0), 0.75), again;
    record_t record = {0};
    gate_open(of_arm(&sweep, "gated", 0)->config, &again);
    assert_int_equal(gate_load(&again, &record), STATUS_CORRUPT);
    gate_record(&gate, &record);
    assert_int_equal(gate_load(&again, &record), STATUS_OK);
    assert_true(again.risk == gate.risk && again.draw == gate.draw && again.is_on == gate.is_on);
    record_clear(&record);
    sweep_end(&sweep);
}

static int stop_at_two(void *context, int64_t step, int64_t steps) {
    (void)context, (void)steps;
    return step == 2;
}

static void an_interrupted_trial_goes_on_as_it_was(void **state) {
    (void)state;
    char folder[] = "/tmp/koopsweep-gate-XXXXXX", command[64];
    assert_non_null(mkdtemp(folder));
    sweep_text_t sweep = sweep_of_text(RUN ARMS("0.999", "0"));
    const trial_t *trial = of_arm(&sweep, "gated", 0);
    trial_setting_t setting = {.watch = stop_at_two, .checkpoints = folder};
    record_t record = {0}, whole = {0};
    trial_state_t outcome;
    assert_int_equal(trial_run(trial, &setting, &record, &outcome), STATUS_INCOMPLETE);
    setting.watch = NULL;
    assert_int_equal(trial_run(trial, &setting, &record, &outcome), STATUS_OK);
    run_trial(trial, &whole);
    assert_same_run(&record, &whole);
    assert_near(number_of(&record, "gate/draw"), number_of(&whole, "gate/draw"), 0);
    record_clear(&record);
    record_clear(&whole);
    sweep_end(&sweep);
    snprintf(command, sizeof command, "rm -r %s", folder);
    assert_int_equal(system(command), 0);
}

/* What trial_estimate says of the gated trial: the first thing a sweep does with it. */
static void is_refused(const char *text, const char *says) {
    sweep_text_t sweep = sweep_of_text(text);
    trial_cost_t cost;
    assert_int_equal(trial_estimate(of_arm(&sweep, "base", 0)->config, &cost), STATUS_OK);
    assert_int_equal(trial_estimate(of_arm(&sweep, "gated", 0)->config, &cost), STATUS_SPEC);
    if (!strstr(status_message(), says)) fail_msg("%s", status_message());
    sweep_end(&sweep);
}

static void a_gate_that_can_show_nothing_is_refused(void **state) {
    (void)state;
    is_refused(RUN "arms: {base: {}, gated: {train.clip: 1, gate.score: rho}}\n",
               "gate.control is missing");
    is_refused(RUN ARMS("1", "0.5"), "leaves no trial");
    is_refused(RUN ARMS("0.2", "0.5") "probe.rksp.steps: [4]\n", "add 0 to probe.rksp.steps");
}

static void only_an_arm_has_a_gate(void **state) {
    (void)state;
    static const char text[] = "name: a\ngate.score: rho\n";
    spec_t *spec = NULL;
    assert_int_equal(spec_parse("a.yaml", text, strlen(text), train_field_sets, &spec),
                     STATUS_SPEC);
    assert_non_null(strstr(status_message(), "a.yaml:2: gate.score: only an arm may set it"));
    assert_null(spec);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_risky_trial_runs_as_its_arm),
        cmocka_unit_test(any_other_trial_runs_as_the_base),
        cmocka_unit_test(a_control_runs_as_the_base),
        cmocka_unit_test(controls_are_a_random_share_of_pairs),
        cmocka_unit_test(an_unknown_risk_is_risky),
        cmocka_unit_test(a_decision_comes_back_from_its_record),
        cmocka_unit_test(an_interrupted_trial_goes_on_as_it_was),
        cmocka_unit_test(a_gate_that_can_show_nothing_is_refused),
        cmocka_unit_test(only_an_arm_has_a_gate),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
