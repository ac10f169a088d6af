#include "train/trainer_checkpoint.h"

#include <string.h>

#include "base/clock.h"
#include "base/log.h"
#include "kernel/flt_record.h"
#include "train/checkpoint.h"
#include "train/origin.h"
#include "train/together.h"

/* A result is of one and the same data from its first step to its last. */
static status_t check_data(const trainer_t *t, const record_t *state) {
    static const char path[] = "checkpoint/data";
    record_t here = {0};
    origin_put_data(t->task, path, &here);
    const record_item_t *then = record_find(state, path), *now = record_find(&here, path);
    int is_same = then && strcmp(then->data, now->data) == 0;
    status_t status = STATUS_OK;
    if (!is_same)
        status = status_fail(STATUS_CORRUPT, "it is of other data (%s) than are there now (%s)",
                             then ? (const char *)then->data : "", (const char *)now->data);
    record_clear(&here);
    return status;
}

/* All that the rest of the trial depends on; random numbers and data are functions of the step. */
static void save_state(const trainer_t *t, record_t *state) {
    graph_t *graph = model_graph(t->model);
    origin_put_data(t->task, "checkpoint/data", state);
    size_t count = (size_t)graph_size(graph);
    record_put(state, "checkpoint/theta", RECORD_FLT, 1, &count, graph_theta(graph));
    record_put_f64(state, "checkpoint/seconds", clock_seconds() - t->started);
    if (t->gate) gate_record(t->gate, state);
    optim_save(t->optim, "optim", state);
    stabilizers_save(t->stabilizers, state);
    history_save(&t->history, state);
    policy_save(&t->policy, state);
    rksp_probe_record(t->probe, state);
    curvature_probe_save(t->curvature, state);
    early_probe_record(t->early, state);
    coords_probe_save(t->coords, state);
    watch_probe_save(&t->watch, state);
}

static status_t load_state(trainer_t *t, const record_t *state) {
    double seconds;
    graph_t *graph = model_graph(t->model);
    size_t count = (size_t)graph_size(graph);
    TRY(check_data(t, state));
    TRY(record_get(state, "checkpoint/theta", RECORD_FLT, count, graph_theta(graph)));
    TRY(record_get(state, "checkpoint/seconds", RECORD_F64, 1, &seconds));
    TRY(optim_load(t->optim, "optim", state));
    TRY(stabilizers_load(t->stabilizers, state));
    TRY(history_load(&t->history, state));
    TRY(policy_load(&t->policy, state));
    t->started -= seconds;
    TRY(curvature_probe_load(t->curvature, state));
    TRY(early_probe_load(t->early, state));
    TRY(coords_probe_load(t->coords, state));
    TRY(watch_probe_load(&t->watch, state));
    return rksp_probe_load(t->probe, state);
}

void trainer_keep(trainer_t *t, int64_t step) {
    record_t state = {0};
    t->kept_at = clock_seconds();
    if (!t->setting->checkpoints || step == t->kept_step || !shares_is_first(&t->shares)) return;
    const char *unsaved = stabilizers_unsaved(t->stabilizers);
    if (unsaved) {
        log_warning("trial %s has no checkpoint: %s cannot be saved", t->trial->id, unsaved);
        return;
    }
    save_state(t, &state);
    if (checkpoint_write(t->setting->checkpoints, t->trial->id, step, &state) == STATUS_OK)
        t->kept_step = step;
    else
        log_warning("trial %s has no checkpoint at step %ld: %s", t->trial->id, (long)step,
                    status_message());
    record_clear(&state);
}

int trainer_is_keeping_due(const trainer_t *t) {
    double every = t->setting->checkpoint_every;
    return every > 0 && clock_seconds() - t->kept_at >= every;
}

status_t trainer_resume(trainer_t *t) {
    record_t state = {0};
    const trial_setting_t *setting = t->setting;
    if (!setting->checkpoints) return STATUS_OK;
    checkpoint_read(setting->checkpoints, t->trial->id, &t->kept_step, &state);
    status_t status = t->kept_step ? load_state(t, &state) : STATUS_OK;
    record_clear(&state);
    if (status != STATUS_OK) status = status_fail(STATUS_CORRUPT, "%s", status_message());
    return together(setting->team, status);
}
