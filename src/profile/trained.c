#include "profile/trained.h"

#include <limits.h>
#include <stdio.h>
#include <string.h>

#include "base/scope.h"
#include "external/options.h"
#include "kernel/flt_record.h"
#include "model/arch.h"
#include "store/store.h"
#include "train/checkpoint.h"
#include "train/weights.h"

/* Rows of the residual stream in one pass. */
enum { PASS_ROWS = 1024 };

static int64_t number(const record_t *record, const char *path, int64_t fallback) {
    int64_t value;
    return record_get(record, path, RECORD_I64, 1, &value) == STATUS_OK ? value : fallback;
}

/* The model of the trial's options on the host, wherever it was trained. */
static status_t create(const config_t *config, int batch, model_t **model) {
    const task_row_t *row;
    task_shape_t shape;
    model_t *described;
    TRY(task_describe(config, &row, &shape));
    TRY(model_describe(config, &shape, 1, GRAPH_TRAIN, &described));
    int rows = arch_find(model_options(described)->arch)->length(&shape);
    if (batch == 0) batch = PASS_ROWS / rows < 1 ? 1 : PASS_ROWS / rows;
    status_t status =
        model_create_from(model_options(described), &shape, batch, GRAPH_TRAIN, model);
    model_destroy(&described);
    return status;
}

/* --- a result --- */

static status_t load_result(const record_t *record, trained_t *t) {
    TRY(weights_load(record, t->model));
    int active = (int)number(record, "arch_warmup/active_blocks", model_active(t->model));
    if (active >= 1 && active < model_active(t->model)) model_set_active(t->model, active);
    return STATUS_OK;
}

/* --- a checkpoint: theta as it lies in memory --- */

static status_t load_state(const record_t *state, trained_t *t) {
    graph_t *graph = model_graph(t->model);
    CHECK(!record_find(state, "arch_warmup/unlocked"), STATUS_INCOMPLETE,
          "its architecture warm-up is under way; wait for its end");
    return record_get(state, "checkpoint/theta", RECORD_FLT, (size_t)graph_size(graph),
                      graph_theta(graph));
}

static void read_state(const char *run_dir, const char *id, int64_t *step, record_t *state) {
    char folder[PATH_MAX];
    snprintf(folder, sizeof folder, "%s/checkpoints", run_dir);
    checkpoint_read(folder, id, step, state);
}

/* --- both --- */

static status_t open_from(const record_t *record, int is_state, int batch, trained_t *t) {
    if (!number(record, "gate/on", 1)) t->as.config = t->as.base;
    TRY(create(t->as.config, batch, &t->model));
    return is_state ? load_state(record, t) : load_result(record, t);
}

status_t trained_open(const char *run_dir, const trial_t *trial, int batch, trained_t *t) {
    HELD(record_clear) record_t record = {0};
    HELD(record_clear) record_t state = {0};
    char name[TRIAL_STATE_MAX];
    int64_t step = 0;
    *t = (trained_t){.as = *trial};
    CHECK(!external_is_asked(trial->config), STATUS_SPEC,
          "trial %s: a program of your own trained it, and has its weights", trial->id);
    status_t status = store_read_trial(run_dir, trial, name, &record);
    if (status == STATUS_INCOMPLETE) read_state(run_dir, trial->id, &step, &state);
    if (status != STATUS_OK && !step) return status;
    status = open_from(step ? &state : &record, step > 0, batch, t);
    if (status == STATUS_INCOMPLETE && !step)
        status_fail(STATUS_INCOMPLETE,
                    "trial %s: its result holds no weights; set train.keep_weights: true, and "
                    "`koopsweep retry %s %s` runs it again",
                    trial->id, run_dir, trial->id);
    else if (status != STATUS_OK)
        status_context(status, "trial %s", trial->id);
    if (status != STATUS_OK) trained_close(t);
    return status;
}

void trained_close(trained_t *t) {
    model_destroy(&t->model);
    *t = (trained_t){0};
}
