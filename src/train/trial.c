/* Running one trial: measure, train, measure. */
#include <math.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/build.h"
#include "base/clock.h"
#include "base/log.h"
#include "kernel/gemm.h"
#include "model/model.h"
#include "optim/mup.h"
#include "policy/policy.h"
#include "probe/curvature.h"
#include "probe/rksp.h"
#include "stabilizer/stabilizer.h"
#include "train/checkpoint.h"
#include "train/divergence.h"
#include "train/gate.h"
#include "train/history.h"
#include "train/options.h"
#include "train/shares.h"
#include "train/train.h"

static const record_type_t flt_type = sizeof(flt) == sizeof(float) ? RECORD_F32 : RECORD_F64;

typedef struct trainer {
    const trial_t *trial;  /* borrowed; the rest is owned */
    const gate_t *gate;    /* borrowed, decided; NULL = none */
    const char *blas_core; /* static */
    struct train_options options;
    struct schedule_options schedule;
    task_t *task;
    batch_t batch; /* of the model's size */
    shares_t shares;
    model_t *model;
    optim_t *optim;
    stabilizers_t *stabilizers;
    rksp_probe_t *probe;
    curvature_probe_t *curvature;
    policy_t policy;
    int64_t valid_batches; /* of one validation, as the held-out samples allow */
    history_t history;

    const trial_setting_t *setting; /* borrowed */
    int64_t kept_step;              /* of the last checkpoint; 0 = none            */
    double kept_at;                 /* clock_seconds of it                         */
    int wishes_stop;                /* the watch does                              */
    double started;                 /* clock_seconds, less what earlier tries took */
} trainer_t;

static status_t plan_validation(trainer_t *t) {
    int64_t wanted = t->options.valid_batches * t->options.ranks, steps = t->options.steps;
    int64_t batches = task_row(t->task)->valid_count(t->task) / t->batch.size;
    TRY(train_check_held_out(&t->options, t->task));
    t->valid_batches = wanted < batches ? wanted : batches;
    int64_t in_between = t->options.valid_every ? steps / t->options.valid_every : 0;
    return history_create(steps, in_between + 1, &t->history);
}

static status_t open_trainer(trainer_t *t, const trial_t *trial, const gate_t *gate,
                             const trial_setting_t *setting) {
    const config_t *config = trial->config;
    const task_row_t *row;
    task_shape_t shape;
    stabilizer_needs_t needs;
    *t = (trainer_t){.trial = trial,
                     .gate = gate,
                     .blas_core = gemm_start(1),
                     .policy = policy_open(trial),
                     .setting = setting,
                     .started = clock_seconds(),
                     .kept_at = clock_seconds()};
    config_read(config, &train_fields, &t->options);
    config_read(config, &schedule_fields, &t->schedule);
    int batch = (int)(t->options.batch / t->options.ranks);
    TRY(task_describe(config, &row, &shape));
    TRY(mup_check(config));
    TRY(stabilizers_needs(config, &needs));
    graph_mode_t mode = train_graph_mode(config, &needs);
    TRY(shares_check(&t->options, &needs, mode));
    TRY(task_open(trial, &t->task));
    TRY(batch_create(&shape, batch, &t->batch));
    TRY(model_create(config, &shape, batch, mode, &t->model));
    TRY(shares_create(&shape, &t->options, setting->team, (size_t)graph_size(model_graph(t->model)),
                      &t->shares));
    model_init(t->model, trial->seed, trial->replica);
    mup_scale_init(config, model_graph(t->model));
    TRY(optim_create(config, model_graph(t->model), &t->optim));
    TRY(stabilizers_create(trial, t->model, &t->stabilizers));
    TRY(rksp_probe_create(trial, t->model, t->options.steps, &t->probe));
    TRY(curvature_probe_create(trial, t->task, t->model, t->optim, t->options.steps,
                               &t->curvature));
    return plan_validation(t);
}

static void close_trainer(trainer_t *t) {
    history_destroy(&t->history);
    curvature_probe_destroy(&t->curvature);
    rksp_probe_destroy(&t->probe);
    stabilizers_destroy(&t->stabilizers);
    optim_destroy(&t->optim);
    model_destroy(&t->model);
    shares_destroy(&t->shares);
    batch_destroy(&t->batch);
    task_close(&t->task);
}

static void validate(trainer_t *t, int64_t steps_done) {
    double loss = 0, accuracy = 0;
    for (int64_t i = 0; i < t->valid_batches; i++) {
        task_row(t->task)->valid(t->task, i * t->batch.size, &t->batch);
        model_load(t->model, &t->batch);
        loss_t here = model_loss(t->model);
        loss += here.mean / (double)t->valid_batches;
        accuracy += here.accuracy / (double)t->valid_batches;
    }
    history_add_validation(&t->history, steps_done, loss, accuracy);
}

/* What is due when so many steps are done. Leaves parameters and optimizer as they are. */
static status_t measure(trainer_t *t, int64_t steps_done) {
    if (rksp_probe_is_due(t->probe, steps_done))
        TRY(rksp_probe_run(t->probe, t->task, t->model, &t->batch, steps_done));
    int64_t every = t->options.valid_every;
    int is_last = steps_done == t->options.steps;
    int is_due = is_last || (every && steps_done && steps_done % every == 0);
    if (is_due && t->valid_batches) validate(t, steps_done);
    return STATUS_OK;
}

/* The label is taken here: from the task's gradient, before anything has touched it. */
static double judge_gradient(trainer_t *t, int64_t step, double loss, double lr) {
    double norm = optim_gradient_norm(model_graph(t->model));
    const divergence_limits_t limits = {t->options.loss_limit, t->options.grad_norm_limit};
    history_add_step(&t->history, loss, norm, lr);
    const char *trigger = divergence_trigger(&limits, loss, norm);
    if (trigger) history_set_diverged(&t->history, step, trigger);
    return norm;
}

static int is_over(const trainer_t *t) {
    return history_has_diverged(&t->history) && t->options.stop_on_divergence;
}

static void tell_curvature(const trainer_t *t, step_t *step) {
    curvature_now_t now = curvature_probe_now(t->curvature);
    step->lr_lambda = now.lr_lambda;
    step->edge = now.edge;
    step->measured = now.step;
}

static status_t change_parameters(trainer_t *t, step_t *step) {
    tell_curvature(t, step);
    stabilizers_after_gradient(t->stabilizers, step);
    if (curvature_probe_is_due(t->curvature, step->number)) {
        const curvature_moment_t moment = {step->number, step->lr, step->batch, step->passes};
        TRY(curvature_probe_run(t->curvature, &moment));
        tell_curvature(t, step);
    }
    optim_step(t->optim, step->number + 1, step->lr);
    stabilizers_after_update(t->stabilizers, step);
    return STATUS_OK;
}

static status_t run_step(trainer_t *t, int64_t number) {
    status_t status = STATUS_OK;
    double start = clock_seconds(), processor = clock_processor();
    loss_t loss = shares_gradient(&t->shares, t->task, number, t->wishes_stop, &t->batch, t->model);
    long passes = model_passes(t->model);
    double lr = schedule_lr(&t->schedule, number, t->options.steps);
    double norm = judge_gradient(t, number, loss.mean, lr);
    if (!is_over(t)) {
        step_t step = {number, t->model, &t->batch, .lr = lr, .passes = passes, .grad_norm = norm};
        status = change_parameters(t, &step);
    }
    t->history.seconds[number] = clock_seconds() - start;
    t->history.processor += clock_processor() - processor;
    return status;
}

/* --- checkpoints --- */

static void put_data(const trainer_t *t, const char *path, record_t *record) {
    char text[512] = "";
    const task_row_t *row = task_row(t->task);
    if (row->describe_data) row->describe_data(t->task, text, sizeof text);
    record_put_text(record, path, text);
}

/* A result is of one and the same data from its first step to its last. */
static status_t check_data(const trainer_t *t, const record_t *state) {
    static const char path[] = "checkpoint/data";
    record_t here = {0};
    put_data(t, path, &here);
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
    put_data(t, "checkpoint/data", state);
    size_t count = (size_t)graph_size(graph);
    record_put(state, "checkpoint/theta", flt_type, 1, &count, graph_theta(graph));
    record_put_f64(state, "checkpoint/seconds", clock_seconds() - t->started);
    if (t->gate) gate_record(t->gate, state);
    optim_save(t->optim, "optim", state);
    stabilizers_save(t->stabilizers, state);
    history_save(&t->history, state);
    policy_save(&t->policy, state);
    rksp_probe_record(t->probe, state);
    curvature_probe_save(t->curvature, state);
}

static status_t load_state(trainer_t *t, const record_t *state) {
    double seconds;
    graph_t *graph = model_graph(t->model);
    size_t count = (size_t)graph_size(graph);
    TRY(check_data(t, state));
    TRY(record_get(state, "checkpoint/theta", flt_type, count, graph_theta(graph)));
    TRY(record_get(state, "checkpoint/seconds", RECORD_F64, 1, &seconds));
    TRY(optim_load(t->optim, "optim", state));
    TRY(stabilizers_load(t->stabilizers, state));
    TRY(history_load(&t->history, state));
    TRY(policy_load(&t->policy, state));
    t->started -= seconds;
    TRY(curvature_probe_load(t->curvature, state));
    return rksp_probe_load(t->probe, state);
}

/* A checkpoint that cannot be written costs time should the trial be stopped, never the trial. */
static void keep(trainer_t *t, int64_t step) {
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

static int is_keeping_due(const trainer_t *t) {
    double every = t->setting->checkpoint_every;
    return every > 0 && clock_seconds() - t->kept_at >= every;
}

/* Puts the trainer, fresh as it is, where its checkpoint was. */
static status_t resume(trainer_t *t) {
    record_t state = {0};
    const trial_setting_t *setting = t->setting;
    if (!setting->checkpoints) return STATUS_OK;
    checkpoint_read(setting->checkpoints, t->trial->id, &t->kept_step, &state);
    status_t status = t->kept_step ? load_state(t, &state) : STATUS_OK;
    record_clear(&state);
    if (status == STATUS_OK) return STATUS_OK;
    log_warning("trial %s starts anew, its checkpoint does not fit: %s", t->trial->id,
                status_message());
    close_trainer(t);
    return open_trainer(t, t->trial, t->gate, setting);
}

/* Between two steps: has a policy heard enough? What has diverged is a result already. */
static int is_given_up(trainer_t *t, int64_t step) {
    const history_t *history = &t->history;
    if (history_has_diverged(history)) return 0;
    const policy_moment_t moment = {.step = step,
                                    .risk = rksp_probe_risk(t->probe),
                                    .first_loss = history->steps ? history->loss[0] : NAN,
                                    .loss = history_recent_loss(history)};
    return policy_judge(&t->policy, &moment);
}

/* Asked before every step. A team stops together: a step after the first of it has wished to. */
static int is_stop_due(trainer_t *t, int64_t step) {
    const trial_setting_t *setting = t->setting;
    t->wishes_stop = setting->watch && setting->watch(setting->context, step, t->options.steps);
    return setting->team ? t->shares.is_stopped : t->wishes_stop;
}

static status_t run(trainer_t *t) {
    int64_t steps = t->options.steps;
    TRY(shares_agree(&t->shares, t->kept_step));
    for (int64_t step = t->kept_step; step < steps; step++) {
        int is_stopped = is_stop_due(t, step);
        if (is_stopped || is_keeping_due(t)) keep(t, step);
        CHECK(!is_stopped, STATUS_INCOMPLETE, "trial %s was stopped before step %ld of %ld",
              t->trial->id, (long)step, (long)steps);
        TRY(measure(t, step));
        if (is_given_up(t, step)) return STATUS_OK;
        TRY(run_step(t, step));
        if (is_over(t)) return STATUS_OK;
    }
    return measure(t, steps);
}

static void record_run(trainer_t *t, record_t *record) {
    char host[256] = "", blas[64];
    gethostname(host, sizeof host - 1);
    history_record(&t->history, record);
    if (t->gate) gate_record(t->gate, record);
    policy_record(&t->policy, record);
    rksp_probe_record(t->probe, record);
    curvature_probe_record(t->curvature, record);
    stabilizers_record(t->stabilizers, record);
    record_put_i64(record, "outcome/parameters", (int64_t)model_cost(t->model).parameters);
    record_put_f64(record, "outcome/seconds", clock_seconds() - t->started);
    put_data(t, "outcome/data", record);
    record_put_text(record, "outcome/host", host);
    record_put_text(record, "outcome/compiler", build_compiler());
    gemm_library(blas, sizeof blas);
    record_put_text(record, "outcome/blas", blas);
    record_put_text(record, "outcome/blas_core", t->blas_core);
    record_put_text(record, "outcome/message", "");
}

/* --- the gate of an arm --- */

/* What an interrupted run of the trial had decided; 0 = there is none. */
static int recall(const trial_t *trial, const char *checkpoints, gate_t *gate) {
    record_t state = {0};
    int64_t step = 0;
    if (!checkpoints) return 0;
    checkpoint_read(checkpoints, trial->id, &step, &state);
    int is_known = step && gate_load(gate, &state) == STATUS_OK;
    record_clear(&state);
    return is_known;
}

/* What the trial measures at initialisation. */
static status_t profile(const trial_t *trial, const trial_setting_t *setting, record_t *initial) {
    status_t status;
    trainer_t trainer;
    TRY_OR_DONE(open_trainer(&trainer, trial, NULL, setting));
    TRY_OR_DONE(measure(&trainer, 0));
    rksp_probe_record(trainer.probe, initial);
done:
    close_trainer(&trainer);
    return status;
}

/* The risk is that of the trial's partner in the base arm, as far as its initialisation. */
static status_t decide(const trial_t *trial, const trial_setting_t *setting, gate_t *gate) {
    record_t initial = {0};
    trial_t partner = *trial;
    partner.config = trial->base;
    if (recall(trial, setting->checkpoints, gate)) return STATUS_OK;
    status_t status = profile(&partner, setting, &initial);
    if (status == STATUS_OK) gate_decide(trial, &initial, gate);
    record_clear(&initial);
    return status;
}

/* `as`: the trial in the configuration it runs in; `gate`: NULL where it has none. */
static status_t pass_gate(const trial_t *trial, const trial_setting_t *setting, gate_t *room,
                          const gate_t **gate, trial_t *as) {
    *as = *trial;
    *gate = NULL;
    if (!gate_open(trial->config, room)) return STATUS_OK;
    *gate = room;
    TRY(decide(trial, setting, room));
    if (!room->is_on) as->config = trial->base;
    return STATUS_OK;
}

status_t trial_screen(const trial_t *trial, const char *score, double *value) {
    static const trial_setting_t alone = {0};
    char path[64];
    record_t initial = {0};
    gate_t room;
    const gate_t *gate;
    trial_t as;
    *value = NAN;
    TRY(pass_gate(trial, &alone, &room, &gate, &as));
    status_t status = profile(&as, &alone, &initial);
    snprintf(path, sizeof path, "summary/%s", score);
    const record_item_t *item = record_find(&initial, path);
    if (status == STATUS_OK && item && item->type == RECORD_F64) *value = *(double *)item->data;
    record_clear(&initial);
    return status;
}

status_t trial_run(const trial_t *trial, const trial_setting_t *setting, record_t *record,
                   trial_state_t *state) {
    status_t status;
    trainer_t trainer = {0};
    gate_t room;
    const gate_t *gate;
    trial_t as;
    TRY_OR_DONE(pass_gate(trial, setting, &room, &gate, &as));
    TRY_OR_DONE(open_trainer(&trainer, &as, gate, setting));
    TRY_OR_DONE(resume(&trainer));
    TRY_OR_DONE(run(&trainer));
    record_run(&trainer, record);
done:
    if (status == STATUS_OK)
        *state = policy_has_ended(&trainer.policy)        ? TRIAL_PRUNED
                 : history_has_diverged(&trainer.history) ? TRIAL_DIVERGED
                                                          : TRIAL_COMPLETED;
    else
        *state = status == STATUS_INCOMPLETE ? TRIAL_PENDING : TRIAL_FAILED;
    close_trainer(&trainer);
    return status;
}
