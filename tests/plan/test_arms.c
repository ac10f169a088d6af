/* Arms: every configuration once in each, ids, partners, and what is no pair. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "plan/plan.h"
#include "train/sweep_text.h"

#define BODY                                                                                       \
    "name: a\nreplicas: 2\naxes: {product: {train.lr: [1e-3, 1e-2], model.norm: [none, "           \
    "pre_ln]}}\n"
#define ARMS "arms: {base: {}, clip1: {train.clip: 1}, both: {train: {clip: 1, sam_rho: 0.1}}}\n"

static const trial_t *trial_at(const sweep_text_t *sweep, size_t i) {
    return plan_trial(sweep->plan, i);
}

static void every_configuration_runs_in_every_arm(void **state) {
    (void)state;
    sweep_text_t sweep = sweep_of_text(BODY ARMS);
    assert_int_equal(plan_count(sweep.plan), 4 * 2 * 3);
    for (size_t i = 0; i < plan_count(sweep.plan); i++) {
        const trial_t *trial = trial_at(&sweep, i);
        int is_base = strcmp(trial->arm, "base") == 0, is_both = strcmp(trial->arm, "both") == 0;
        assert_string_equal(config_text(trial->config, "train.clip"), is_base ? "0" : "1");
        assert_string_equal(config_text(trial->config, "train.sam_rho"), is_both ? "0.1" : "0");
    }
    sweep_end(&sweep);
}

/* ... which differs from it by the arm alone. */
static void partners_meet_in_the_base_arm(void **state) {
    (void)state;
    sweep_text_t sweep = sweep_of_text(BODY ARMS);
    for (size_t i = 0; i < plan_count(sweep.plan); i++) {
        const trial_t *trial = trial_at(&sweep, i), *base = plan_find(sweep.plan, trial->pair);
        assert_non_null(base);
        assert_string_equal(base->arm, "base");
        assert_string_equal(base->pair, base->id);
        assert_int_equal(base->replica, trial->replica);
        for (size_t k = 0; config_key(base->config, k); k++) {
            const char *key = config_key(base->config, k);
            if (strcmp(key, "train.clip") == 0 || strcmp(key, "train.sam_rho") == 0) continue;
            assert_string_equal(config_text_at(base->config, k), config_text_at(trial->config, k));
        }
    }
    sweep_end(&sweep);
}

/* So arms can be added to a sweep, or renamed, without running its trials again. */
static void ids_do_not_depend_on_arms(void **state) {
    (void)state;
    sweep_text_t plain = sweep_of_text(BODY), arms = sweep_of_text(BODY ARMS);
    sweep_text_t direct = sweep_of_text(BODY "train.clip: 1\n");
    for (size_t i = 0; i < plan_count(plain.plan); i++) {
        const trial_t *same = plan_find(arms.plan, trial_at(&plain, i)->id);
        assert_non_null(same);
        assert_string_equal(same->arm, "base");
        assert_string_equal(trial_at(&plain, i)->arm, "base");
        assert_string_equal(trial_at(&plain, i)->pair, trial_at(&plain, i)->id);
        same = plan_find(arms.plan, trial_at(&direct, i)->id);
        assert_non_null(same);
        assert_string_equal(same->arm, "clip1");
    }
    sweep_end(&plain);
    sweep_end(&arms);
    sweep_end(&direct);
}

static void the_expanded_text_reads_back(void **state) {
    (void)state;
    sweep_text_t sweep = sweep_of_text(BODY ARMS);
    sweep_text_t again = sweep_of_text(spec_expanded(sweep.spec));
    assert_string_equal(spec_expanded(sweep.spec), spec_expanded(again.spec));
    assert_int_equal(spec_arm_count(again.spec), 3);
    assert_string_equal(spec_arm(again.spec, 2), "both");
    for (size_t i = 0; i < plan_count(sweep.plan); i++)
        assert_string_equal(trial_at(&sweep, i)->id, trial_at(&again, i)->id);
    sweep_end(&sweep);
    sweep_end(&again);
}

static void include_and_exclude_take_whole_pairs(void **state) {
    (void)state;
    sweep_text_t sweep = sweep_of_text(BODY ARMS "exclude: [{train.lr: 1e-2, model.norm: none}]\n"
                                                 "include: [{train.lr: 1, model.norm: none}]\n");
    assert_int_equal(plan_count(sweep.plan), 4 * 2 * 3);
    sweep_end(&sweep);
}

static void keys_of_arms_count_as_varied(void **state) {
    (void)state;
    sweep_text_t sweep = sweep_of_text(BODY ARMS);
    const char *const *keys = spec_varied(sweep.spec);
    const char *const expected[] = {"model.norm", "train.clip", "train.lr", "train.sam_rho"};
    for (int i = 0; i < 4; i++) assert_string_equal(keys[i], expected[i]);
    assert_null(keys[4]);
    sweep_end(&sweep);
}

static void what_is_no_pair_is_refused_with_line_and_remedy(void **state) {
    (void)state;
    static const struct {
        const char *arms, *sentence;
    } cases[] = {
        {"arms: {a: {train.clip: 1}, b: {train.clip: 2}}", ":4: arms: base is missing"},
        {"arms: {base: {train.clip: 1}, b: {train.clip: 2}}", "arms.base takes no options"},
        {"arms: {base: {}}", "arms takes 2 to 64 arms"},
        {"arms: [base]", "arms takes 2 to 64 arms"},
        {"arms: {control: {}, b: {train.clip: 2}}",
         "arms.control changes nothing and base is missing"},
        {"arms: {base: {}, b: {}}", "arms.b: expected \"key: value\" pairs"},
        {"arms: {base: {}, b: {train.clop: 2}}", "did you mean train.clip"},
        {"arms: {base: {}, b: {train.clip: -2}}", "train.clip: "},
        {"arms: {base: {}, b: {train.clip: [1, 2]}}", "train.clip: "},
        {"arms:\n  base: {}\n  b: {train.lr: 2}", ":6: arms.b: axes or include vary train.lr too"},
        {"arms: {base: {}, b: {train.batch: 2}}", "train.batch is the same in all trials"},
        {"arms: {base: {}, b: {task.vocab: 50}}", "task.vocab is the same in all trials"},
        {"arms: {base: {}, \"b c\": {train.clip: 1}}", "the name of an arm"},
        {"arms: {base: {}, b: {train.clip: 1}, b: {train.clip: 2}}", "b is given twice"},
        {"arms: {base: {}, b: {train.clip: 1.0}, c: {train.clip: 1}}", "b and c are the same"},
        {"arms: {base: {}, b: {train.clip: 0}}", "base and b are the same"},
        {"arms: {base: {}, b: {train.clip: 1}}\nexclude: [{train.clip: 1}]",
         "no configuration has {train.clip: 1}"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char text[1024];
        spec_t *spec = NULL;
        plan_t *plan = NULL;
        int length = snprintf(text, sizeof text, "%s%s\n", BODY, cases[i].arms);
        status_t status = spec_parse("a.yaml", text, (size_t)length, train_field_sets, &spec);
        if (status == STATUS_OK) status = plan_create(spec, &plan);
        if (status != STATUS_SPEC) fail_msg("%s is not refused", cases[i].arms);
        if (!strstr(status_message(), cases[i].sentence))
            fail_msg("%s: \"%s\" lacks \"%s\"", cases[i].arms, status_message(), cases[i].sentence);
        spec_destroy(&spec);
    }
}

/* --- what a pair shares, bit for bit --- */

/* First loss and gradient are those of the base arm, whatever the arm does afterwards; and so is
 * the spectrum at initialisation. */
static void a_pair_starts_from_the_same_bits(void **state) {
    (void)state;
    sweep_text_t sweep =
        sweep_of("train: {steps: 3, valid_batches: 0}\narms:\n  base: {}\n"
                 "  clip: {train.clip: 0.5}\n  sam: {train.sam_rho: 0.1}\n"
                 "  lion: {train: {optimizer: lion, lr_factor: 0.3}}\n"
                 "  penalty: {penalty.residual_l2: 100}\n  weight_norm: {train.weight_norm: true}\n"
                 "  gradient_penalty: {train.gradient_penalty: 0.1}\n"
                 "  spectral_norm: {train.spectral_norm: 0.1}\n");
    record_t base = {0};
    run_trial(trial_at(&sweep, 0), &base);
    for (size_t i = 1; i < plan_count(sweep.plan); i++) {
        record_t arm = {0};
        run_trial(trial_at(&sweep, i), &arm);
        assert_true(vector_of(&arm, "series/loss")[0] == vector_of(&base, "series/loss")[0]);
        assert_true(vector_of(&arm, "series/grad_norm")[0] ==
                    vector_of(&base, "series/grad_norm")[0]);
        assert_true(number_of(&arm, "summary/m_near_unit") ==
                    number_of(&base, "summary/m_near_unit"));
        if (vector_of(&arm, "series/loss")[2] == vector_of(&base, "series/loss")[2])
            fail_msg("the arm %s changes nothing", trial_at(&sweep, i)->arm);
        record_clear(&arm);
    }
    record_clear(&base);
    sweep_end(&sweep);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_configuration_runs_in_every_arm),
        cmocka_unit_test(partners_meet_in_the_base_arm),
        cmocka_unit_test(ids_do_not_depend_on_arms),
        cmocka_unit_test(the_expanded_text_reads_back),
        cmocka_unit_test(include_and_exclude_take_whole_pairs),
        cmocka_unit_test(keys_of_arms_count_as_varied),
        cmocka_unit_test(what_is_no_pair_is_refused_with_line_and_remedy),
        cmocka_unit_test(a_pair_starts_from_the_same_bits),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
