/* Running one trial: measure, train, measure. */
#include <math.h>
#include <unistd.h>

#include "base/clock.h"
#include "kernel/gemm.h"
#include "model/model.h"
#include "optim/mup.h"
#include "probe/rksp.h"
#include "stabilizer/stabilizer.h"
#include "train/divergence.h"
#include "train/history.h"
#include "train/options.h"
#include "train/train.h"

typedef struct trainer {
    const trial_t *trial;  /* borrowed; the rest is owned */
    const char *blas_core; /* static */
    struct train_options options;
    struct schedule_options schedule;
    task_t *task;
    batch_t batch;
    model_t *model;
    optim_t *optim;
    stabilizers_t *stabilizers;
    rksp_probe_t *probe;
    int64_t valid_batches; /* of one validation, as the held-out samples allow */
    history_t history;
} trainer_t;

static status_t plan_validation(trainer_t *t) {
    int64_t wanted = t->options.valid_batches, steps = t->options.steps;
    int64_t samples = task_row(t->task)->valid_count(t->task), batches = samples / t->batch.size;
    CHECK(batches > 0 || wanted == 0, STATUS_SPEC,
          "train.batch: %d samples are more than the %ld held out; lower it, or set "
          "train.valid_batches to 0",
          t->batch.size, (long)samples);
    t->valid_batches = wanted < batches ? wanted : batches;
    int64_t in_between = t->options.valid_every ? steps / t->options.valid_every : 0;
    return history_create(steps, in_between + 1, &t->history);
}

static status_t open_trainer(trainer_t *t, const trial_t *trial) {
    const config_t *config = trial->config;
    const task_row_t *row;
    task_shape_t shape;
    stabilizer_needs_t needs;
    *t = (trainer_t){.trial = trial, .blas_core = gemm_start(1)};
    config_read(config, &train_fields, &t->options);
    config_read(config, &schedule_fields, &t->schedule);
    int batch = (int)t->options.batch;
    TRY(task_describe(config, &row, &shape));
    TRY(mup_check(config));
    TRY(stabilizers_needs(config, &needs));
    TRY(task_open(trial, &t->task));
    TRY(batch_create(&shape, batch, &t->batch));
    TRY(model_create(config, &shape, batch, train_graph_mode(&needs), &t->model));
    model_init(t->model, trial->seed, trial->replica);
    mup_scale_init(config, model_graph(t->model));
    TRY(optim_create(config, model_graph(t->model), &t->optim));
    TRY(stabilizers_create(trial, t->model, &t->stabilizers));
    TRY(rksp_probe_create(trial, t->model, t->options.steps, &t->probe));
    return plan_validation(t);
}

static void close_trainer(trainer_t *t) {
    history_destroy(&t->history);
    rksp_probe_destroy(&t->probe);
    stabilizers_destroy(&t->stabilizers);
    optim_destroy(&t->optim);
    model_destroy(&t->model);
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

static void run_step(trainer_t *t, int64_t number) {
    double start = clock_seconds();
    task_row(t->task)->train(t->task, number, &t->batch);
    model_load(t->model, &t->batch);
    loss_t loss = model_gradient(t->model);
    double lr = schedule_lr(&t->schedule, number, t->options.steps);
    double norm = judge_gradient(t, number, loss.mean, lr);
    if (!is_over(t)) {
        step_t step = {.number = number,
                       .model = t->model,
                       .batch = &t->batch,
                       .lr = lr,
                       .grad_norm = norm,
                       .lr_lambda = NAN,
                       .edge = NAN,
                       .measured = -1};
        stabilizers_after_gradient(t->stabilizers, &step);
        optim_step(t->optim, number + 1, lr);
        stabilizers_after_update(t->stabilizers, &step);
    }
    t->history.seconds[number] = clock_seconds() - start;
}

static status_t run(trainer_t *t, trial_watch_t *watch, void *context) {
    int64_t steps = t->options.steps;
    for (int64_t step = 0; step < steps; step++) {
        CHECK(!watch || !watch(context, step, steps), STATUS_INCOMPLETE,
              "trial %s was stopped before step %ld of %ld", t->trial->id, (long)step, (long)steps);
        TRY(measure(t, step));
        run_step(t, step);
        if (is_over(t)) return STATUS_OK;
    }
    return measure(t, steps);
}

static void record_run(trainer_t *t, double seconds, record_t *record) {
    char host[256] = "";
    gethostname(host, sizeof host - 1);
    history_record(&t->history, record);
    rksp_probe_record(t->probe, record);
    stabilizers_record(t->stabilizers, record);
    record_put_i64(record, "outcome/parameters", (int64_t)model_cost(t->model).parameters);
    record_put_f64(record, "outcome/seconds", seconds);
    record_put_text(record, "outcome/host", host);
    record_put_text(record, "outcome/blas_core", t->blas_core);
    record_put_text(record, "outcome/message", "");
}

status_t trial_run(const trial_t *trial, trial_watch_t *watch, void *context, record_t *record,
                   trial_state_t *state) {
    status_t status;
    double start = clock_seconds();
    trainer_t trainer;
    TRY_OR_DONE(open_trainer(&trainer, trial));
    TRY_OR_DONE(run(&trainer, watch, context));
    record_run(&trainer, clock_seconds() - start, record);
done:
    if (status == STATUS_OK)
        *state = history_has_diverged(&trainer.history) ? TRIAL_DIVERGED : TRIAL_COMPLETED;
    else
        *state = status == STATUS_INCOMPLETE ? TRIAL_PENDING : TRIAL_FAILED;
    close_trainer(&trainer);
    return status;
}
