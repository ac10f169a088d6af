/* sweep_text.h: trials of a sweep written in the test itself, and what they leave behind. */
#ifndef TESTS_TRAIN_SWEEP_TEXT_H
#define TESTS_TRAIN_SWEEP_TEXT_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "train/train.h"

typedef struct sweep_text {
    spec_t *spec;
    plan_t *plan;
} sweep_text_t;

static inline sweep_text_t sweep_of_text(const char *text) {
    sweep_text_t sweep = {0};
    status_t status = spec_parse("test.yaml", text, strlen(text), train_field_sets, &sweep.spec);
    if (status == STATUS_OK) status = plan_create(sweep.spec, &sweep.plan);
    if (status != STATUS_OK) fail_msg("%s", status_message());
    return sweep;
}

/* Small enough for a test; `options` are set beside these. */
static inline sweep_text_t sweep_of(const char *options) {
    char text[4096];
    snprintf(text, sizeof text,
             "name: test\nseed: 42\n"
             "model.width: 32\nmodel.layers: 2\nmodel.heads: 2\n"
             "task.seq_len: 16\ntask.vocab: 32\n"
             "%s\n",
             options);
    return sweep_of_text(text);
}

static inline void sweep_end(sweep_text_t *sweep) {
    plan_destroy(&sweep->plan);
    spec_destroy(&sweep->spec);
}

static inline trial_state_t run_trial(const trial_t *trial, record_t *record) {
    trial_state_t state;
    if (trial_run(trial, &(trial_setting_t){0}, record, &state) != STATUS_OK)
        fail_msg("%s", status_message());
    return state;
}

/* Runs the first trial; the caller clears the record. */
static inline trial_state_t run_first(const char *options, record_t *record) {
    sweep_text_t sweep = sweep_of(options);
    trial_state_t state = run_trial(plan_trial(sweep.plan, 0), record);
    sweep_end(&sweep);
    return state;
}

/* What the first trial is estimated to cost. */
static inline trial_cost_t cost_of(const char *options) {
    trial_cost_t cost;
    sweep_text_t sweep = sweep_of(options);
    if (trial_estimate(plan_trial(sweep.plan, 0)->config, &cost) != STATUS_OK)
        fail_msg("%s", status_message());
    sweep_end(&sweep);
    return cost;
}

/* Neither estimated nor run, with a sentence that holds `words`. */
static inline void assert_refused(const char *options, const char *words) {
    trial_cost_t cost;
    trial_state_t outcome;
    record_t record = {0};
    sweep_text_t sweep = sweep_of(options);
    const trial_t *trial = plan_trial(sweep.plan, 0);
    assert_int_equal(trial_estimate(trial->config, &cost), STATUS_SPEC);
    if (!strstr(status_message(), words)) fail_msg("\"%s\" lacks %s", status_message(), words);
    assert_int_equal(trial_run(trial, &(trial_setting_t){0}, &record, &outcome), STATUS_SPEC);
    if (!strstr(status_message(), words)) fail_msg("\"%s\" lacks %s", status_message(), words);
    assert_int_equal(outcome, TRIAL_FAILED);
    record_clear(&record);
    sweep_end(&sweep);
}

static inline const record_item_t *item_of(const record_t *record, const char *path) {
    const record_item_t *item = record_find(record, path);
    if (!item) fail_msg("no item %s", path);
    return item;
}
static inline double number_of(const record_t *record, const char *path) {
    return *(const double *)item_of(record, path)->data;
}
static inline int64_t integer_of(const record_t *record, const char *path) {
    return *(const int64_t *)item_of(record, path)->data;
}
static inline const double *vector_of(const record_t *record, const char *path) {
    return item_of(record, path)->data;
}

#endif
