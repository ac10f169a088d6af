/* Configurations that differ only in what has no effect: they are one trial, whose id comes from
 * what acts. Oracle of older ids: the plan of the same options with nothing that switches them off.
 */
#include "train/bare_sets.h"

#include "plan/search.h"

#define OPTIMIZERS                                                                                 \
    "name: a\nreplicas: 3\naxes:\n  product:\n    train.optimizer: [adamw, sgd]\n"                 \
    "    train.momentum: [0.5, 0.6, 0.7, 0.8, 0.9]\n"

static const char *text_of(const trial_t *trial, const char *key) {
    return config_text(trial->config, key);
}

static size_t count_with(const sweep_text_t *sweep, const char *key, const char *value) {
    size_t count = 0;
    for (size_t i = 0; i < plan_count(sweep->plan); i++)
        count += strcmp(text_of(plan_trial(sweep->plan, i), key), value) == 0;
    return count;
}

static void an_axis_without_effect_makes_no_trials(void **state) {
    (void)state;
    char text[256];
    sweep_text_t sweep = sweep_of_text(OPTIMIZERS);
    assert_int_equal(plan_count(sweep.plan), 3 * (1 + 5));
    assert_int_equal(count_with(&sweep, "train.optimizer", "adamw"), 3);
    assert_int_equal(plan_twins(sweep.plan, text, sizeof text), 4);
    assert_string_equal(text, "train.momentum");
    for (size_t i = 0; i < plan_count(sweep.plan); i++)
        assert_int_equal(plan_trial(sweep.plan, i)->index, i);
    sweep_end(&sweep);
}

/* The first of the twins stays, so the one that is left out may be at the default. */
static void the_default_among_the_twins_is_named_too(void **state) {
    (void)state;
    char text[256];
    sweep_text_t sweep = sweep_of_text("name: a\naxes:\n  product: {train.optimizer: [adamw, sgd], "
                                       "train.momentum: [0.5, 0.9]}\n");
    assert_int_equal(plan_twins(sweep.plan, text, sizeof text), 1);
    assert_string_equal(text, "train.momentum");
    sweep_end(&sweep);
}

/* Whatever a file gives it, an option that is switched off is at its default. */
static void the_id_comes_from_what_acts(void **state) {
    (void)state;
    sweep_text_t plain = sweep_of_text("name: a\n");
    sweep_text_t idle = sweep_of_text("name: a\ntrain.momentum: 0.5\n"
                                      "axes: {product: {train.optimizer: [adamw, sgd]}}\n");
    const trial_t *trial = plan_trial(idle.plan, 0);
    assert_string_equal(trial->id, plan_trial(plain.plan, 0)->id);
    assert_string_equal(text_of(trial, "train.momentum"), "0.9");
    assert_string_equal(text_of(plan_trial(idle.plan, 1), "train.momentum"), "0.5");
    sweep_end(&plain);
    sweep_end(&idle);
}

/* Also through several switches: what switches it on must act itself. */
static void what_is_switched_off_switches_nothing_on(void **state) {
    (void)state;
    sweep_text_t sweep = sweep_of_text(
        "name: a\naxes:\n  product: {curvature.every: [0, 5], curvature.method: [power, lanczos], "
        "curvature.products: [3, 4]}\n");
    assert_int_equal(plan_count(sweep.plan), 1 + 2 + 1);
    sweep_end(&sweep);
}

static void what_switches_off_makes_twins(void **state) {
    (void)state;
    sweep_text_t sweep = sweep_of_text("name: a\naxes:\n  product: {train.valid_batches: [0, 2], "
                                       "train.valid_every: [5, 10, 20]}\n");
    assert_int_equal(plan_count(sweep.plan), 1 + 3);
    sweep_end(&sweep);
}

/* Written down with the program before this one. */
static void ids_of_what_acts_are_as_ever(void **state) {
    (void)state;
    static const char *const ids[] = {"16e6ac94c102", "d51c948d9529", "b96d3c7fcbe3"};
    static const char *const texts[] = {
        "name: a\ntrain: {optimizer: sgd, momentum: 0.5}\n",
        "name: a\nkss: {alpha: 0.1, every: 5}\n",
        "name: a\nmodel: {arch: llama, kv_heads: 2}\ntrain: {schedule: cosine, lr_final: 0.1}\n",
    };
    for (size_t i = 0; i < 3; i++) {
        sweep_text_t sweep = sweep_of_text(texts[i]);
        assert_string_equal(plan_trial(sweep.plan, 0)->id, ids[i]);
        assert_false(plan_has_aliases(sweep.plan));
        sweep_end(&sweep);
    }
}

/* exclude drops what the file gives, twin or not: files that left twins out say the same as ever.
 */
static void exclude_sees_what_is_given(void **state) {
    (void)state;
    sweep_text_t sweep =
        sweep_of_text(OPTIMIZERS "exclude: [{train.optimizer: adamw, train.momentum: 0.5}]\n");
    assert_int_equal(plan_count(sweep.plan), 3 * (1 + 5));
    sweep_end(&sweep);
    sweep = sweep_of_text(OPTIMIZERS "exclude: [{train.momentum: 0.5}]\n");
    assert_int_equal(plan_count(sweep.plan), 3 * (1 + 4));
    sweep_end(&sweep);
}

static void zip_and_include_fold_too(void **state) {
    (void)state;
    sweep_text_t sweep =
        sweep_of_text("name: a\naxes:\n  zip: {train.optimizer: [adamw, adamw, sgd], "
                      "train.momentum: [0.5, 0.6, 0.7]}\n"
                      "include: [{train.optimizer: lion, train.momentum: 0.5}, "
                      "{train.optimizer: lion, train.momentum: 0.6}]\n");
    assert_int_equal(plan_count(sweep.plan), 1 + 1 + 1);
    sweep_end(&sweep);
}

/* --- arms --- */

#define ARMS                                                                                       \
    "name: a\nreplicas: 2\naxes: {product: {kss.alpha: [0, 0.1], train.lr: [1, 2]}}\n"             \
    "arms: {base: {}, sham: {kss.sham: true}, clip: {train.clip: 1}}\n"

static void keep_sentence(void *context, const char *sentence) { strcpy(context, sentence); }

static void an_arm_has_no_trials_where_it_changes_nothing(void **state) {
    (void)state;
    char said[512] = "";
    size_t sham = 0;
    sweep_text_t sweep = sweep_of_text(ARMS);
    assert_int_equal(plan_count(sweep.plan), 2 * 4 * 3 - 2 * 2);
    for (size_t i = 0; i < plan_count(sweep.plan); i++) {
        const trial_t *trial = plan_trial(sweep.plan, i),
                      *base = plan_find(sweep.plan, trial->pair);
        int is_base = strcmp(trial->arm, "base") == 0, is_sham = strcmp(trial->arm, "sham") == 0;
        assert_non_null(base);
        assert_string_equal(base->arm, "base");
        assert_int_equal(base == trial, is_base); /* no trial is its own partner */
        assert_ptr_equal(trial->base, base->config);
        assert_string_equal(text_of(trial, "kss.sham"), is_sham ? "true" : "false");
        assert_true(!is_sham || strcmp(text_of(trial, "kss.alpha"), "0") != 0);
        sham += (size_t)is_sham;
    }
    assert_int_equal(sham, 2 * 2);
    plan_arms_alike(sweep.plan, keep_sentence, said);
    assert_non_null(strstr(said, "arm sham is the same as another for 2 of 4 configurations"));
    sweep_end(&sweep);
}

/* The runs of an arm whose axis has no effect there count once, beside each base of its own. */
static void twins_inside_an_arm_are_one(void **state) {
    (void)state;
    sweep_text_t sweep =
        sweep_of_text("name: a\nkss.alpha: 0.1\naxes: {product: {kss.gamma: [0.2, 0.3, 0.5]}}\n"
                      "arms: {base: {}, off: {kss.alpha: 0}}\n");
    assert_int_equal(plan_count(sweep.plan), 3 + 1);
    sweep_end(&sweep);
}

/* --- searches --- */

#define SEARCH "search: {key: train.lr, from: 1e-3, to: 1e-1, rounds: 3}\n"

static void twin_ladders_are_one(void **state) {
    (void)state;
    sweep_text_t sweep = sweep_of_text(
        "name: a\nreplicas: 2\naxes: {product: {train.optimizer: [adamw, sgd], train.momentum: "
        "[0.5, 0.9], kss.alpha: [0, 0.1]}}\n" SEARCH "arms: {base: {}, sham: {kss.sham: true}}\n");
    assert_int_equal(search_ladders(sweep.plan), 3 * 2 + 3); /* of the base; of sham with kss */
    assert_int_equal(plan_count(sweep.plan), 2 * 7 * (3 * 2 + 3));
    sweep_end(&sweep);
}

static void a_search_along_what_has_no_effect_is_refused(void **state) {
    (void)state;
    spec_t *spec;
    plan_t *plan;
    static const char text[] = "name: a\naxes: {product: {train.optimizer: [adamw, sgd]}}\n"
                               "search: {key: train.momentum, from: 0.1, to: 0.9, rounds: 2}\n";
    assert_int_equal(spec_parse("a.yaml", text, strlen(text), train_field_sets, &spec), STATUS_OK);
    assert_int_equal(plan_create(spec, &plan), STATUS_SPEC);
    assert_non_null(strstr(status_message(), "search: train.momentum has no effect"));
    assert_non_null(strstr(status_message(), "{train.optimizer: adamw}"));
    spec_destroy(&spec);
}

/* --- ids of older programs --- */

static void old_ids_find_their_trial(void **state) {
    (void)state;
    sweep_text_t now = sweep_of_text(OPTIMIZERS), before = sweep_of_sets(OPTIMIZERS, bare_sets());
    assert_int_equal(plan_count(before.plan), 30);
    for (size_t i = 0; i < 30; i++) {
        const trial_t *old = plan_trial(before.plan, i), *trial = plan_find(now.plan, old->id);
        assert_non_null(trial);
        assert_int_equal(trial->replica, old->replica);
        assert_string_equal(text_of(trial, "train.optimizer"), text_of(old, "train.optimizer"));
    }
    assert_true(plan_has_aliases(now.plan));
    sweep_end(&now);
    sweep_end(&before);
}

#define ARMS_OF_CLIP "arms: {base: {}, clip: {train.clip: 1}}\n"

static int holds_these(const void *context, const char *id) { return strstr(context, id) != NULL; }

/* Of twins that were run all, the first in the file stands for them; never one beside a result
 * under the trial's own id. */
static void a_trial_takes_the_old_id_that_has_results(void **state) {
    (void)state;
    char held[1024] = "";
    sweep_text_t now = sweep_of_text(OPTIMIZERS ARMS_OF_CLIP), before;
    before = sweep_of_sets(OPTIMIZERS ARMS_OF_CLIP, bare_sets());
    const trial_t *trial = plan_trial(now.plan, 0);
    char own[TRIAL_ID_LENGTH + 1];
    strcpy(own, trial->id);
    /* momentum 0.6 and 0.7 of adamw, replica 0, in the base arm */
    for (size_t i = 1; i < 3; i++) {
        strcat(held, plan_trial(before.plan, i * 6)->id);
        strcat(held, " ");
    }
    assert_int_equal(plan_adopt(now.plan, holds_these, held), STATUS_OK);
    assert_string_equal(trial->id, plan_trial(before.plan, 6)->id);
    assert_string_equal(trial->pair, trial->id);
    assert_string_equal(plan_trial(now.plan, 3)->arm, "clip");
    assert_string_equal(plan_trial(now.plan, 3)->pair, trial->id);
    assert_ptr_equal(plan_find(now.plan, trial->id), trial);
    sweep_end(&now);
    now = sweep_of_text(OPTIMIZERS ARMS_OF_CLIP);
    strcat(held, own);
    assert_int_equal(plan_adopt(now.plan, holds_these, held), STATUS_OK);
    assert_string_equal(plan_trial(now.plan, 0)->id, own);
    sweep_end(&now);
    sweep_end(&before);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_axis_without_effect_makes_no_trials),
        cmocka_unit_test(the_default_among_the_twins_is_named_too),
        cmocka_unit_test(the_id_comes_from_what_acts),
        cmocka_unit_test(what_is_switched_off_switches_nothing_on),
        cmocka_unit_test(what_switches_off_makes_twins),
        cmocka_unit_test(ids_of_what_acts_are_as_ever),
        cmocka_unit_test(exclude_sees_what_is_given),
        cmocka_unit_test(zip_and_include_fold_too),
        cmocka_unit_test(an_arm_has_no_trials_where_it_changes_nothing),
        cmocka_unit_test(twins_inside_an_arm_are_one),
        cmocka_unit_test(twin_ladders_are_one),
        cmocka_unit_test(a_search_along_what_has_no_effect_is_refused),
        cmocka_unit_test(old_ids_find_their_trial),
        cmocka_unit_test(a_trial_takes_the_old_id_that_has_results),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
