/* trial.h: a trial from a few lines of a sweep file, and the real data, for the tests of tasks. */
#ifndef TESTS_TASK_TRIAL_H
#define TESTS_TASK_TRIAL_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "task/task.h"

typedef struct sample {
    spec_t *spec;
    plan_t *plan;
    const trial_t *trial;
} sample_t;

/* The common options and those of every row. */
static inline const field_set_t *const *sample_field_sets(void) {
    static const field_set_t *sets[16];
    int count = 0;
    sets[count++] = &task_fields;
    for (int i = 0; task_rows[i]; i++) {
        if (task_rows[i]->options) sets[count++] = task_rows[i]->options;
    }
    return sets;
}

/* `options`: the lines of a sweep file beside name, seed (42) and replicas (3). */
static inline sample_t sample_open(const char *options, size_t replica) {
    char text[4096];
    sample_t sample = {0};
    snprintf(text, sizeof text, "name: sample\nseed: 42\nreplicas: 3\n%s", options);
    status_t status =
        spec_parse("sample.yaml", text, strlen(text), sample_field_sets(), &sample.spec);
    if (status == STATUS_OK) status = plan_create(sample.spec, &sample.plan);
    if (status != STATUS_OK) fail_msg("%s", status_message());
    for (size_t i = 0; i < plan_count(sample.plan); i++) {
        if (plan_trial(sample.plan, i)->replica == replica)
            sample.trial = plan_trial(sample.plan, i);
    }
    assert_non_null(sample.trial);
    return sample;
}

static inline void sample_close(sample_t *sample) {
    plan_destroy(&sample->plan);
    spec_destroy(&sample->spec);
}

/* A task that must open. */
static inline task_t *sample_task(const sample_t *sample, task_shape_t *shape) {
    const task_row_t *row;
    task_t *task = NULL;
    status_t status = task_describe(sample->trial->config, &row, shape);
    if (status == STATUS_OK) status = task_open(sample->trial, &task);
    if (status != STATUS_OK) fail_msg("%s", status_message());
    return task;
}

/* Asserts that the options are refused with `code` and a sentence that contains `word`. */
static inline void assert_refused(const char *options, status_t code, const char *word) {
    sample_t sample = sample_open(options, 0);
    task_t *task = NULL;
    status_t status = task_open(sample.trial, &task);
    if (status != code || task || !strstr(status_message(), word))
        fail_msg("status %d, task %p: %s", status, (void *)task, status_message());
    sample_close(&sample);
}

/* The folder of real data, or the test is skipped. */
static inline const char *real_data(void) {
    const char *data_dir = getenv("KOOPSWEEP_DATA");
    if (!data_dir || !data_dir[0]) {
        print_message("skip: KOOPSWEEP_DATA is unset; real data is not tested\n");
        skip();
    }
    return data_dir;
}

#endif
