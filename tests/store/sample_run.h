/* sample_run.h: a small sweep in a fresh run directory, for the tests of store. */
#ifndef TESTS_STORE_SAMPLE_RUN_H
#define TESTS_STORE_SAMPLE_RUN_H

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "plan/plan.h"
#include "spec/sample_fields.h"
#include "store/store.h"

typedef struct sample_run {
    char dir[256];
    spec_t *spec;
    plan_t *plan;
} sample_run_t;

/* 3 norms x 2 learning rates x 2 replicas. */
#define SAMPLE_SWEEP                                                                               \
    "name: sample\nseed: 999999999999999\nreplicas: 2\n"                                           \
    "axes: {product: {model.norm: [pre_ln, none, rms_norm], train.lr: [0.001, 0.01]}}\n"

static inline void sample_open(sample_run_t *run, const char *text) {
    const char *root = getenv("TMPDIR");
    snprintf(run->dir, sizeof run->dir, "%s/koopsweep-store-XXXXXX", root ? root : "/tmp");
    run->spec = sample_spec(text);
    if (!mkdtemp(run->dir) || !run->spec || plan_create(run->spec, &run->plan) != STATUS_OK ||
        store_open(run->dir) != STATUS_OK) {
        fprintf(stderr, "no sample run: %s\n", status_message());
        abort();
    }
}

static inline void sample_close(sample_run_t *run) {
    char command[300];
    plan_destroy(&run->plan);
    spec_destroy(&run->spec);
    snprintf(command, sizeof command, "rm -rf '%s'", run->dir);
    if (system(command) != 0) abort();
}

/* The path of a trial's file. Static. */
static inline const char *sample_path(const sample_run_t *run, const char *id) {
    static char path[512];
    snprintf(path, sizeof path, "%s/trials/%.2s/%s.h5", run->dir, id, id);
    return path;
}

enum { SAMPLE_STEPS = 20, SAMPLE_PROBES = 2, SAMPLE_LAYERS = 3, SAMPLE_MODES = 5 };

/* Numbers that depend on the trial and nothing else; NaN and infinity among them. */
static inline record_t sample_record(const trial_t *trial) {
    record_t record = {0};
    double base = 1 + (double)strtoull(trial->id, NULL, 16) / 3e14;
    double loss[SAMPLE_STEPS], lambda[SAMPLE_PROBES * SAMPLE_LAYERS * SAMPLE_MODES * 2];
    int64_t step[SAMPLE_STEPS], probe[SAMPLE_PROBES] = {0, 10};
    for (int i = 0; i < SAMPLE_STEPS; i++) {
        step[i] = i;
        loss[i] = base / (i + 1);
    }
    loss[SAMPLE_STEPS - 1] = NAN;
    loss[SAMPLE_STEPS - 2] = INFINITY;
    for (size_t i = 0; i < sizeof lambda / sizeof *lambda; i++) lambda[i] = sin(base * (double)i);
    record_put(&record, "series/step", RECORD_I64, 1, (size_t[]){SAMPLE_STEPS}, step);
    record_put_vector(&record, "series/loss", loss, SAMPLE_STEPS);
    record_put(&record, "rksp/step", RECORD_I64, 1, (size_t[]){SAMPLE_PROBES}, probe);
    record_put(&record, "rksp/rho", RECORD_F64, 2, (size_t[]){SAMPLE_PROBES, SAMPLE_LAYERS},
               lambda);
    record_put(&record, "rksp/lambda", RECORD_F64, 4,
               (size_t[]){SAMPLE_PROBES, SAMPLE_LAYERS, SAMPLE_MODES, 2}, lambda);
    record_put_i64(&record, "outcome/diverged", trial->replica);
    record_put_f64(&record, "outcome/loss_first", base);
    record_put_f64(&record, "outcome/seconds", 1.5);
    record_put_text(&record, "outcome/trigger", trial->replica ? "not_finite" : "none");
    record_put_text(&record, "outcome/host", "somewhere");
    return record;
}

/* Writes the sample record of a trial. */
static inline status_t sample_write(const sample_run_t *run, const trial_t *trial) {
    record_t record = sample_record(trial);
    status_t status =
        store_write_trial(run->dir, trial, trial->replica ? "DIVERGED" : "COMPLETED", &record);
    record_clear(&record);
    return status;
}

/* Writes all trials of the plan, or ends the test program. */
static inline void sample_write_all(const sample_run_t *run) {
    for (size_t i = 0; i < plan_count(run->plan); i++)
        if (sample_write(run, plan_trial(run->plan, i)) != STATUS_OK) {
            fprintf(stderr, "cannot write a trial: %s\n", status_message());
            abort();
        }
}

/* 1 when both hold the same items, bit for bit. */
static inline int sample_is_same(const record_t *a, const record_t *b) {
    if (a->count != b->count) return 0;
    for (size_t i = 0; i < a->count; i++) {
        const record_item_t *x = &a->items[i], *y = record_find(b, x->path);
        if (!y || x->type != y->type || x->rank != y->rank ||
            record_item_count(x) != record_item_count(y) ||
            memcmp(x->shape, y->shape, (size_t)x->rank * sizeof *x->shape) != 0 ||
            memcmp(x->data, y->data, record_item_count(x) * record_type_size(x->type)) != 0)
            return 0;
    }
    return 1;
}

#endif
