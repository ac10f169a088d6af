/* Policies: who is ended, who is audited, and that nothing else changes. */
#include "train/sweep_text.h"

#include <unistd.h>

#include "near.h"
#include "policy/policy.h"
#include "train/checkpoint.h"

#define RISKY  "model.norm: none\ntrain.steps: 12\npolicy.risk.above: 0.5\n"
#define STUCK  "train: {steps: 20, lr: 0}\npolicy.rungs: {every: 5, loss: 0.5}\n"
#define NOBODY "policy.audit: 1e-6\n"

static const char *text_of(const record_t *record, const char *path) {
    return item_of(record, path)->data;
}

static void a_risky_trial_is_not_trained(void **state) {
    (void)state;
    record_t record = {0};
    assert_int_equal(run_first(RISKY NOBODY, &record), TRIAL_PRUNED);
    assert_int_equal(integer_of(&record, "outcome/step"), 0);
    assert_string_equal(text_of(&record, "policy/verdict"), "risk");
    assert_int_equal(integer_of(&record, "policy/step"), 0);
    assert_true(number_of(&record, "summary/m_near_unit") > 0.5);
    record_clear(&record);
}

static void a_trial_whose_loss_stays_ends_at_its_first_rung(void **state) {
    (void)state;
    record_t record = {0};
    assert_int_equal(run_first(STUCK NOBODY, &record), TRIAL_PRUNED);
    assert_int_equal(integer_of(&record, "outcome/step"), 5);
    assert_string_equal(text_of(&record, "policy/verdict"), "rungs");
    record_clear(&record);
}

static void an_audited_trial_lives_and_knows_its_chance(void **state) {
    (void)state;
    record_t record = {0};
    assert_int_equal(run_first(STUCK "policy.audit: 0.999999\n", &record), TRIAL_COMPLETED);
    assert_int_equal(integer_of(&record, "outcome/step"), 20);
    assert_int_equal(integer_of(&record, "policy/step"), 5);
    assert_int_equal(integer_of(&record, "policy/audited"), 1);
    assert_near(number_of(&record, "policy/inclusion"), 0.999999, 0);
    record_clear(&record);
}

static void a_trial_no_rule_speaks_against_is_sure_to_be_seen(void **state) {
    (void)state;
    record_t record = {0};
    assert_int_equal(run_first("train.steps: 3\npolicy.risk.above: 0.99\n" NOBODY, &record),
                     TRIAL_COMPLETED);
    assert_true(number_of(&record, "policy/inclusion") == 1);
    assert_string_equal(text_of(&record, "policy/verdict"), "none");
    record_clear(&record);
}

/* What has diverged by then is a result. */
static void divergence_comes_before_every_rule(void **state) {
    (void)state;
    record_t record = {0};
    assert_int_equal(run_first("train: {steps: 20, stop_on_divergence: false}\ndiverge.loss: 0.1\n"
                               "policy.rungs: {every: 5, loss: 0.01}\n" NOBODY,
                               &record),
                     TRIAL_DIVERGED);
    assert_int_equal(integer_of(&record, "outcome/step"), 0);
    assert_true(number_of(&record, "policy/inclusion") == 1);
    record_clear(&record);
}

static void without_policies_nothing_is_recorded(void **state) {
    (void)state;
    record_t record = {0};
    run_first("train.steps: 2", &record);
    assert_null(record_find(&record, "policy/inclusion"));
    record_clear(&record);
}

/* The draw is the pair's: a comparison keeps or loses both arms of it. Its share is the audit's. */
static void arms_share_the_draw(void **state) {
    (void)state;
    sweep_text_t sweep = sweep_of("replicas: 1000\npolicy: {audit: 0.3, risk: {above: 0.5}}\n"
                                  "arms: {base: {}, clip: {train.clip: 1}}\n");
    int audited = 0;
    for (size_t i = 0; i < 1000; i++) {
        policy_t base = policy_open(plan_trial(sweep.plan, i));
        policy_t clip = policy_open(plan_trial(sweep.plan, 1000 + i));
        assert_int_equal(base.is_audited, clip.is_audited);
        audited += base.is_audited;
    }
    assert_near(audited, 300, 4 * sqrt(1000 * 0.3 * 0.7));
    sweep_end(&sweep);
}

static int stop_at_8(void *context, int64_t step, int64_t steps) {
    (void)context, (void)steps;
    return step == 8;
}

static void a_verdict_survives_a_checkpoint(void **state) {
    (void)state;
    char folder[] = "/tmp/koopsweep-policy-XXXXXX";
    record_t record = {0};
    trial_state_t ended;
    sweep_text_t sweep = sweep_of(STUCK "policy.audit: 0.999999\n");
    const trial_t *trial = plan_trial(sweep.plan, 0);
    assert_non_null(mkdtemp(folder));
    trial_setting_t setting = {.watch = stop_at_8, .checkpoints = folder};
    assert_int_equal(trial_run(trial, &setting, &record, &ended), STATUS_INCOMPLETE);
    record_clear(&record);
    setting.watch = NULL;
    assert_int_equal(trial_run(trial, &setting, &record, &ended), STATUS_OK);
    assert_int_equal(ended, TRIAL_COMPLETED);
    assert_int_equal(integer_of(&record, "policy/step"), 5);
    checkpoint_remove(folder, trial->id);
    assert_int_equal(rmdir(folder), 0);
    record_clear(&record);
    sweep_end(&sweep);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_risky_trial_is_not_trained),
        cmocka_unit_test(a_trial_whose_loss_stays_ends_at_its_first_rung),
        cmocka_unit_test(an_audited_trial_lives_and_knows_its_chance),
        cmocka_unit_test(a_trial_no_rule_speaks_against_is_sure_to_be_seen),
        cmocka_unit_test(divergence_comes_before_every_rule),
        cmocka_unit_test(without_policies_nothing_is_recorded),
        cmocka_unit_test(arms_share_the_draw),
        cmocka_unit_test(a_verdict_survives_a_checkpoint),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
