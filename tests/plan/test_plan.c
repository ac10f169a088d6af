/* The list of trials: counts, order-free ids, exclude, include, finding by id, size. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "plan/sample.h"

static const char *text_of(const sample_t *sample, size_t index, const char *key) {
    return config_text(plan_trial(sample->plan, index)->config, key);
}

/* 1 when both plans have the same ids, in whatever order. */
static int same_ids(const plan_t *a, const plan_t *b) {
    if (plan_count(a) != plan_count(b)) return 0;
    for (size_t i = 0; i < plan_count(a); i++)
        if (!plan_find(b, plan_trial(a, i)->id)) return 0;
    return 1;
}

#define FULL                                                                                       \
    "name: full\nseed: 7\nreplicas: 2\ntrain.data: \"a \\\"b\\\" \\\\ c\"\n"                       \
    "axes:\n  product: {train.lr: [1e-3, 1e-2, 1], train.probes: [[0], [0, 100]]}\n"               \
    "  zip: {model.layers: [4, 8], model.width: [128, 256]}\n"                                     \
    "exclude: [{train.lr: 1, model.layers: 8}]\ninclude: [{model.norm: none}, {train.lr: 3}]\n"

static void options_alone_are_one_configuration(void **state) {
    (void)state;
    sample_t sample = open_sample("name: a\n");
    assert_int_equal(plan_count(sample.plan), 1);
    close_sample(&sample);
}

static void counts_follow_the_axes(void **state) {
    (void)state;
    sample_t sample = open_sample(FULL);
    assert_int_equal(plan_count(sample.plan), 2 * (3 * 2 * 2 - 2 + 2));
    for (size_t i = 0; i < plan_count(sample.plan); i++) {
        const trial_t *trial = plan_trial(sample.plan, i);
        assert_int_equal(trial->index, i);
        assert_int_equal(trial->replica, i % 2);
        assert_int_equal(trial->seed, 7);
        assert_int_equal(strlen(trial->id), TRIAL_ID_LENGTH);
        assert_int_equal(strspn(trial->id, "0123456789abcdef"), TRIAL_ID_LENGTH);
    }
    close_sample(&sample);
}

static void product_meets_all_and_zip_goes_along(void **state) {
    (void)state;
    sample_t sample = open_sample("name: a\naxes:\n"
                                  "  zip: {model.layers: [4, 8], model.width: [128, 256]}\n"
                                  "  product: {train.lr: [1, 2, 3]}\n");
    int seen[2][3] = {{0}};
    assert_int_equal(plan_count(sample.plan), 6);
    for (size_t i = 0; i < 6; i++) {
        int deep = !strcmp(text_of(&sample, i, "model.layers"), "8");
        assert_string_equal(text_of(&sample, i, "model.width"), deep ? "256" : "128");
        seen[deep][atoi(text_of(&sample, i, "train.lr")) - 1]++;
    }
    for (int i = 0; i < 6; i++) assert_int_equal(seen[i / 3][i % 3], 1);
    close_sample(&sample);
}

static void exclude_drops_what_matches_all_its_keys(void **state) {
    (void)state;
    sample_t sample = open_sample(FULL);
    for (size_t i = 0; i < plan_count(sample.plan); i++)
        assert_false(!strcmp(text_of(&sample, i, "train.lr"), "1") &&
                     !strcmp(text_of(&sample, i, "model.layers"), "8"));
    close_sample(&sample);
}

static void include_starts_from_the_options_not_from_an_axis(void **state) {
    (void)state;
    sample_t sample = open_sample("name: a\ntrain.lr: 5\naxes: {product: {train.lr: [1, 2]}}\n"
                                  "include: [{model.norm: none}]\n");
    assert_int_equal(plan_count(sample.plan), 3);
    assert_string_equal(text_of(&sample, 2, "train.lr"), "5");
    assert_string_equal(text_of(&sample, 2, "model.norm"), "none");
    close_sample(&sample);
}

static void ids_depend_on_the_configuration_alone(void **state) {
    (void)state;
    sample_t a =
        open_sample("name: a\naxes: {product: {train.lr: [1e-3, 1e-2], model.layers: [4, 8]}}\n");
    sample_t b = open_sample("name: other\nmodel: {width: 1.28e2}\naxes:\n  product:\n"
                             "    model.layers: [8, 4]\n    train: {lr: [.01, 0.001]}\n");
    assert_true(same_ids(a.plan, b.plan));
    assert_string_not_equal(plan_trial(a.plan, 0)->id, plan_trial(b.plan, 0)->id);
    close_sample(&a);
    close_sample(&b);
}

static void ids_change_with_anything_that_changes_the_trial(void **state) {
    (void)state;
    const char *const texts[] = {"name: a\n", "name: a\nseed: 43\n", "name: a\ntrain.lr: 2e-3\n",
                                 "name: a\nmodel.layers: 5\n", "name: a\ntrain.probes: [1]\n"};
    enum { COUNT = sizeof texts / sizeof *texts };
    char ids[COUNT][TRIAL_ID_LENGTH + 1];
    for (int i = 0; i < COUNT; i++) {
        sample_t sample = open_sample(texts[i]);
        strcpy(ids[i], plan_trial(sample.plan, 0)->id);
        for (int j = 0; j < i; j++) assert_string_not_equal(ids[i], ids[j]);
        close_sample(&sample);
    }
}

/* Result files are named by ids: they must stay for ever. The value was written down when the
 * format was fixed; if this fails, existing runs no longer resume. */
static void ids_stay_for_ever(void **state) {
    (void)state;
    sample_t sample = open_sample("name: a\n");
    assert_string_equal(plan_trial(sample.plan, 0)->id, "55b332ed32be");
    close_sample(&sample);
}

/* A newer program has more options; runs of the older one must keep their names. */
static void an_option_added_later_changes_no_id(void **state) {
    (void)state;
    static const field_t rows[] = {{.key = "later.option",
                                    .type = FIELD_REAL,
                                    .min = 0,
                                    .max = 1,
                                    .fallback = "0.5",
                                    .doc = "came in a later version"}};
    static const field_set_t later = FIELD_SET("later", rows);
    const field_set_t *more[] = {sample_sets[0], sample_sets[1], &later, NULL};
    static const char text[] = "name: a\naxes: {product: {train.lr: [1e-3, 2e-3]}}\n";
    sample_t before = open_sample(text), after = {0};
    assert_int_equal(spec_parse("text", text, sizeof text - 1, more, &after.spec), STATUS_OK);
    assert_int_equal(plan_create(after.spec, &after.plan), STATUS_OK);
    assert_true(same_ids(before.plan, after.plan));
    close_sample(&before);
    close_sample(&after);
}

static const field_t share_rows[] = {{.key = "later.share",
                                      .type = FIELD_REAL,
                                      .min = 0,
                                      .max = 1,
                                      .fallback = "0.5",
                                      .doc = "changes no result",
                                      .keeps_results = true}};
static const field_set_t share_set = FIELD_SET("later", share_rows);
static const field_set_t *const sets_with_share[] = {&sample_model_set, &sample_train_set,
                                                     &share_set, NULL};

static sample_t open_with_share(const char *text) {
    sample_t sample = {0};
    if (spec_parse("sample.yaml", text, strlen(text), sets_with_share, &sample.spec) ||
        plan_create(sample.spec, &sample.plan))
        fail_msg("%s: %s", text, status_message());
    return sample;
}

static void what_changes_no_result_changes_no_id(void **state) {
    (void)state;
    sample_t without = open_with_share("name: a\n");
    sample_t with = open_with_share("name: a\nlater.share: 0.25\n");
    sample_t other = open_with_share("name: a\ntrain.lr: 0.25\n");
    assert_true(same_ids(without.plan, with.plan));
    char *same = spec_difference(without.spec, with.spec);
    char *different = spec_difference(without.spec, other.spec);
    assert_string_equal(same, "");
    assert_string_not_equal(different, "");
    assert_string_not_equal(spec_expanded(without.spec), spec_expanded(with.spec));
    assert_true(config_keeps_results(plan_trial(with.plan, 0)->config, "later.share"));
    assert_false(config_keeps_results(plan_trial(with.plan, 0)->config, "train.lr"));
    free(same);
    free(different);
    close_sample(&without);
    close_sample(&with);
    close_sample(&other);
}

static void what_changes_no_result_is_no_axis(void **state) {
    (void)state;
    static const char *const texts[] = {
        "name: a\naxes: {product: {later.share: [0.5, 0.25]}}\n",
        "name: a\naxes: {zip: {later.share: [0.5, 0.25]}}\n",
        "name: a\ninclude: [{later.share: 0.25}]\n",
        "name: a\nsearch: {key: later.share, from: 0.1, to: 1}\n",
        "name: a\narms: {base: {}, half: {later.share: 0.25}}\n",
    };
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        spec_t *spec = NULL;
        status_t status =
            spec_parse("sample.yaml", texts[i], strlen(texts[i]), sets_with_share, &spec);
        assert_int_equal(status, STATUS_SPEC);
        assert_non_null(strstr(status_message(), "later.share"));
        assert_null(spec);
    }
}

static void more_replicas_keep_the_first_ones(void **state) {
    (void)state;
    sample_t few = open_sample("name: a\nreplicas: 2\n"),
             many = open_sample("name: a\nreplicas: 9\n");
    assert_string_equal(plan_trial(few.plan, 1)->id, plan_trial(many.plan, 1)->id);
    assert_int_equal(plan_count(many.plan), 9);
    close_sample(&few);
    close_sample(&many);
}

static void the_expanded_spec_is_the_same_sweep(void **state) {
    (void)state;
    sample_t sample = open_sample(FULL);
    sample_t again = open_sample(spec_expanded(sample.spec));
    assert_true(same_ids(sample.plan, again.plan));
    for (size_t i = 0; i < plan_count(sample.plan); i++)
        assert_string_equal(plan_trial(sample.plan, i)->id, plan_trial(again.plan, i)->id);
    assert_string_equal(spec_expanded(sample.spec), spec_expanded(again.spec));
    assert_string_equal(spec_name(again.spec), "full");
    close_sample(&sample);
    close_sample(&again);
}

static void a_trial_is_found_by_its_id_or_a_clear_prefix(void **state) {
    (void)state;
    sample_t sample = open_sample("name: a\nreplicas: 3000\n");
    for (size_t i = 0; i < plan_count(sample.plan); i++) {
        const trial_t *trial = plan_trial(sample.plan, i);
        assert_ptr_equal(plan_find(sample.plan, trial->id), trial);
        for (int length = 0; length < TRIAL_ID_LENGTH; length++) {
            char prefix[TRIAL_ID_LENGTH + 1] = {0};
            size_t matches = 0;
            memcpy(prefix, trial->id, (size_t)length);
            if (length != 4 && length != 8 && length != 3) continue;
            for (size_t j = 0; j < plan_count(sample.plan); j++)
                matches += !strncmp(plan_trial(sample.plan, j)->id, prefix, (size_t)length);
            int is_clear = length >= 4 && matches == 1;
            assert_ptr_equal(plan_find(sample.plan, prefix), is_clear ? trial : NULL);
        }
    }
    assert_null(plan_find(sample.plan, "zzzzzzzz"));
    assert_null(plan_find(sample.plan, "0000000000000"));
    assert_null(plan_find(sample.plan, ""));
    close_sample(&sample);
}

/* 100 x 100 values and 10 replicas: 10^5 trials, all different. */
static void a_hundred_thousand_trials_are_planned(void **state) {
    (void)state;
    char *text = calloc(1, 1 << 16), *at = text;
    at += sprintf(at, "name: large\nreplicas: 10\naxes:\n  product:\n    model.width: [");
    for (int i = 0; i < 100; i++) at += sprintf(at, "%s%d", i ? ", " : "", 8 + i);
    at += sprintf(at, "]\n    train.steps: [");
    for (int i = 0; i < 100; i++) at += sprintf(at, "%s%d", i ? ", " : "", 1 + i);
    sprintf(at, "]\n");
    sample_t sample = open_sample(text);
    assert_int_equal(plan_count(sample.plan), 100000);
    const trial_t *last = plan_trial(sample.plan, 99999);
    assert_ptr_equal(plan_find(sample.plan, last->id), last);
    assert_string_equal(config_text(last->config, "model.width"), "107");
    assert_string_equal(config_text(last->config, "train.steps"), "100");
    close_sample(&sample);
    free(text);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(options_alone_are_one_configuration),
        cmocka_unit_test(counts_follow_the_axes),
        cmocka_unit_test(product_meets_all_and_zip_goes_along),
        cmocka_unit_test(exclude_drops_what_matches_all_its_keys),
        cmocka_unit_test(include_starts_from_the_options_not_from_an_axis),
        cmocka_unit_test(ids_depend_on_the_configuration_alone),
        cmocka_unit_test(ids_change_with_anything_that_changes_the_trial),
        cmocka_unit_test(ids_stay_for_ever),
        cmocka_unit_test(an_option_added_later_changes_no_id),
        cmocka_unit_test(what_changes_no_result_changes_no_id),
        cmocka_unit_test(what_changes_no_result_is_no_axis),
        cmocka_unit_test(more_replicas_keep_the_first_ones),
        cmocka_unit_test(the_expanded_spec_is_the_same_sweep),
        cmocka_unit_test(a_trial_is_found_by_its_id_or_a_clear_prefix),
        cmocka_unit_test(a_hundred_thousand_trials_are_planned),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
