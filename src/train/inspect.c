/* Looking at the data of a whole sweep before its first trial. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "external/options.h"
#include "spec/space.h"
#include "task/data_file.h"
#include "train/options.h"
#include "train/train.h"

/* 1 for options that decide which files the data come from. */
static int names_data(const char *key) { return strncmp(key, "task.", 5) == 0; }

/* 1 for options that decide what is asked of them, too. */
static int concerns_data(const char *key) {
    return names_data(key) || strcmp(key, "train.batch") == 0 ||
           strcmp(key, "train.valid_batches") == 0;
}

/* A hash that sees some of the options only. */
typedef struct lens {
    unsigned char *is_ignored; /* owned [catalog->count] */
    uint64_t *scratch;         /* owned [catalog->count] */
} lens_t;

static status_t lens_create(const catalog_t *catalog, int (*is_seen)(const char *key),
                            lens_t *lens) {
    *lens = (lens_t){.is_ignored = calloc(catalog->count + 1, 1),
                     .scratch = calloc(catalog->count + 1, sizeof *lens->scratch)};
    CHECK(lens->is_ignored && lens->scratch, STATUS_ENVIRONMENT, "out of memory");
    for (size_t i = 0; i < catalog->count; i++) lens->is_ignored[i] = !is_seen(catalog->keys[i]);
    return STATUS_OK;
}

static void lens_destroy(lens_t *lens) {
    free(lens->is_ignored);
    free(lens->scratch);
}

static uint64_t lens_hash(const lens_t *lens, const config_t *config) {
    return config_hash(config, lens->is_ignored, lens->scratch);
}

/* What is known of one task's files. */
typedef struct source {
    uint64_t hash;
    const char *data; /* borrowed: what a result says of them; NULL = no result does, but they were
                         looked at */
} source_t;

/* Few, whatever the number of trials. */
typedef struct sources {
    source_t *at; /* owned [count] */
    size_t count;
} sources_t;

static source_t *find(const sources_t *sources, uint64_t hash) {
    for (size_t i = sources->count; i-- > 0;)
        if (sources->at[i].hash == hash) return &sources->at[i];
    return NULL;
}

static void remember(sources_t *sources, uint64_t hash, const char *data) {
    sources->at = memory_grow(sources->at, sources->count + 1, sizeof *sources->at, "data sets");
    sources->at[sources->count++] = (source_t){hash, data};
}

/* Keeps the one met last: a sum of the kind of today replaces one of an older kind. */
static status_t add(sources_t *used, uint64_t hash, const trial_t *trial, const char *data) {
    source_t *source = find(used, hash);
    if (!source) {
        remember(used, hash, data);
        return STATUS_OK;
    }
    CHECK(data_is_same(source->data, data), STATUS_CORRUPT,
          "the results of this sweep came from different data (%s; trial %s: %s); run it anew in "
          "another directory with --out",
          source->data, trial->id, data);
    source->data = data;
    return STATUS_OK;
}

/* The results of one task came from one and the same data: this is what sees to it. */
static status_t collect(const plan_t *plan, char *const *data, const lens_t *task,
                        sources_t *used) {
    const config_t *before = NULL;
    uint64_t hash = 0;
    for (size_t i = 0; data && i < plan_count(plan); i++) {
        const trial_t *trial = plan_trial(plan, i);
        if (!*data[i]) continue;
        if (trial->config != before) hash = lens_hash(task, trial->config);
        before = trial->config; /* replicas stand one behind the other */
        TRY(add(used, hash, trial, data[i]));
    }
    return STATUS_OK;
}

static status_t check_data(task_t *task, const source_t *used) {
    char now[DATA_TEXT_MAX];
    if (!used) return STATUS_OK;
    task_describe_data(task, now, sizeof now);
    CHECK(data_is_same(used->data, now), STATUS_CORRUPT,
          "the data of task.name: %s are not those that the results of this sweep came from (then: "
          "%s; now: %s); restore them, or run the sweep anew in another directory with --out",
          task_row(task)->name, used->data, now);
    return STATUS_OK;
}

static status_t inspect(const trial_t *trial, const source_t *used) {
    task_t *task;
    struct train_options options;
    if (external_is_asked(trial->config)) return external_check(trial->config);
    config_read(trial->config, &train_fields, &options);
    TRY(task_open(trial, &task));
    status_t status = train_check_held_out(&options, task);
    if (status == STATUS_OK) status = check_data(task, used);
    task_close(&task);
    return status;
}

status_t trials_inspect(const plan_t *plan, const trial_state_t *states, char *const *data) {
    lens_t task = {0}, asked = {0};
    sources_t used = {0}, seen = {0};
    const config_t *before = NULL;
    const catalog_t *catalog = &spec_space(plan_spec(plan))->catalog;
    status_t status;
    TRY_OR_DONE(lens_create(catalog, names_data, &task));
    TRY_OR_DONE(lens_create(catalog, concerns_data, &asked));
    TRY_OR_DONE(collect(plan, data, &task, &used));
    for (size_t i = 0; i < plan_count(plan); i++) {
        const trial_t *trial = plan_trial(plan, i);
        if (states[i] != TRIAL_PENDING || trial->config == before) continue;
        before = trial->config;
        uint64_t hash = lens_hash(&asked, before);
        if (find(&seen, hash)) continue;
        remember(&seen, hash, NULL);
        TRY_OR_DONE(inspect(trial, find(&used, lens_hash(&task, before))));
    }
done:
    lens_destroy(&task);
    lens_destroy(&asked);
    free(used.at);
    free(seen.at);
    return status;
}

static void preview(const config_t *config, void (*say)(void *, const char *), void *context) {
    char text[DATA_TEXT_MAX + 1024] = "";
    if (task_preview_cut(config, text, sizeof text) != STATUS_OK)
        snprintf(text, sizeof text, "not known here: %s", status_message());
    if (*text) say(context, text);
}

void trials_preview_cuts(const plan_t *plan, void (*say)(void *context, const char *text),
                         void *context) {
    lens_t task;
    sources_t seen = {0};
    const config_t *before = NULL;
    status_t status = lens_create(&spec_space(plan_spec(plan))->catalog, names_data, &task);
    for (size_t i = 0; status == STATUS_OK && i < plan_count(plan); i++) {
        const config_t *config = plan_trial(plan, i)->config;
        if (config == before) continue;
        before = config;
        uint64_t hash = lens_hash(&task, config);
        if (find(&seen, hash)) continue;
        remember(&seen, hash, NULL);
        preview(config, say, context);
    }
    lens_destroy(&task);
    free(seen.at);
}
