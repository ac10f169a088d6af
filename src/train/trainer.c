/* The life of a trial, step by step:
 *
 *   measure   probes and validation that are due after so many steps; they leave parameters and
 *             optimizer as they are, so that what is measured changes no result
 *   judge     a policy may have heard enough
 *   gradient  of the task's loss; the label of divergence is taken from it, before anything that is
 *             there to prevent divergence has touched it
 *   change    stabilizers, curvature and early predictors at the point where the gradient was
 *             taken, the update at lr(step), stabilizers again
 *
 * Between two steps, and nowhere else, the trial may be stopped: then parameters, optimizer and
 * series fit together, and a checkpoint of them goes on to the same bits. */
#include "train/trainer.h"

#include <math.h>

#include "base/clock.h"
#include "kernel/gemm.h"
#include "optim/mup.h"
#include "probe/edge.h"
#include "task/data_file.h"
#include "train/divergence.h"
#include "train/origin.h"
#include "train/together.h"
#include "train/trainer_checkpoint.h"
#include "train/weights.h"

static status_t plan_validation(trainer_t *t) {
    int64_t wanted = t->options.valid_batches * t->options.ranks, steps = t->options.steps;
    int64_t batches = task_row(t->task)->valid_count(t->task) / t->batch.size;
    TRY(train_check_held_out(&t->options, t->task));
    t->valid_batches = wanted < batches ? wanted : batches;
    int64_t in_between = t->options.valid_every ? steps / t->options.valid_every : 0;
    return history_create(steps, in_between + 1, model_terms(t->model), &t->history);
}

static void let_probe_share(const trial_team_t *team, int size, rksp_probe_t *probe) {
    const probe_team_t shared = {team->rank, size, team->sum, team->context};
    rksp_probe_work_together(probe, &shared);
}

static status_t open_here(trainer_t *t, const trial_t *trial, const gate_t *gate,
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
    TRY(stabilizers_needs(config, &needs));
    graph_mode_t mode = train_graph_mode(config, &needs);
    TRY(shares_check(&t->options, &needs, mode));
    TRY(task_open(trial, &t->task));
    TRY(batch_create(&shape, batch, &t->batch));
    TRY(model_create(config, &shape, batch, mode, &t->model));
    TRY(mup_check(config, model_graph(t->model)));
    TRY(shares_create(&shape, &t->options, setting->team, t->model, &t->shares));
    model_init(t->model, trial->seed, trial->replica);
    mup_scale_init(config, model_graph(t->model));
    TRY(optim_create(config, model_graph(t->model), &t->optim));
    TRY(stabilizers_create(trial, t->model, &t->stabilizers));
    const probe_setting_t probe = probe_of_trial(trial);
    TRY(rksp_probe_create(&probe, t->model, t->options.steps, &t->probe));
    if (setting->team) let_probe_share(setting->team, t->shares.count, t->probe);
    TRY(curvature_probe_create(&probe, t->task, t->model, t->optim, t->options.steps,
                               &t->curvature));
    TRY(early_probe_create(config, t->model, t->optim, &t->early));
    TRY(coords_probe_create(config, t->model, t->options.steps, &t->coords));
    TRY(watch_probe_create(config, t->model, t->options.steps, &t->watch));
    return plan_validation(t);
}

status_t trainer_open(trainer_t *t, const trial_t *trial, const gate_t *gate,
                      const trial_setting_t *setting) {
    char data[DATA_TEXT_MAX];
    TRY(together(setting->team, open_here(t, trial, gate, setting)));
    task_describe_data(t->task, data, sizeof data);
    return together_same_data(setting->team, data);
}

void trainer_close(trainer_t *t) {
    history_destroy(&t->history);
    coords_probe_destroy(&t->coords);
    early_probe_destroy(&t->early);
    watch_probe_destroy(&t->watch);
    curvature_probe_destroy(&t->curvature);
    rksp_probe_destroy(&t->probe);
    stabilizers_destroy(&t->stabilizers);
    optim_destroy(&t->optim);
    model_destroy(&t->model);
    shares_destroy(&t->shares);
    batch_destroy(&t->batch);
    task_close(&t->task);
}

/* Nothing is drawn by chance in it. */
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

status_t trainer_measure(trainer_t *t, int64_t steps_done) {
    const probe_batches_t batches = probe_batches_of(t->task);
    if (rksp_probe_is_due(t->probe, steps_done))
        TRY(rksp_probe_run(t->probe, &batches, t->model, &t->batch, steps_done));
    coords_probe_run(t->coords, &batches, t->model, &t->batch, steps_done);
    int64_t every = t->options.valid_every;
    int is_last = steps_done == t->options.steps;
    int is_due = is_last || (every && steps_done && steps_done % every == 0);
    if (is_due && t->valid_batches) validate(t, steps_done);
    return STATUS_OK;
}

/* The label is taken here: from the task's term of the loss, and from the gradient before any
 * stabilizer has touched it (terms beside the task's are part of what is differentiated). */
static double judge_gradient(trainer_t *t, int64_t step, const loss_t *loss, double lr) {
    double norm = optim_gradient_norm(model_graph(t->model));
    const divergence_limits_t limits = {t->options.loss_limit, t->options.grad_norm_limit};
    history_add_step(&t->history, loss, norm, lr);
    const char *trigger = divergence_trigger(&limits, loss->mean, norm);
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
    early_probe_before(t->early, step->number, step->lr);
    optim_step(t->optim, step->number + 1, step->lr);
    stabilizers_after_update(t->stabilizers, step);
    early_probe_after(t->early, step->number, step->lr);
    return STATUS_OK;
}

static status_t run_step(trainer_t *t, int64_t number) {
    status_t status = STATUS_OK;
    double start = clock_seconds(), processor = clock_processor();
    const chance_t chance = {
        .seed = t->trial->seed, .replica = t->trial->replica, .step = (uint32_t)number, .is_on = 1};
    loss_t loss =
        shares_gradient(&t->shares, t->task, &chance, t->wishes_stop, &t->batch, t->model);
    TRY(shares_check_data(&t->shares, t->task));
    if (watch_probe_is_due(&t->watch, number))
        watch_probe_add(&t->watch, t->model, shares_watched(&t->shares, t->model), number);
    long passes = model_passes(t->model);
    double lr = schedule_lr(&t->schedule, number, t->options.steps);
    double norm = judge_gradient(t, number, &loss, lr);
    if (!is_over(t)) {
        step_t step = {number, t->model, &t->batch, .lr = lr, .passes = passes, .grad_norm = norm};
        status = change_parameters(t, &step);
    }
    model_set_chance(t->model, NULL);
    t->history.seconds[number] = clock_seconds() - start;
    t->history.processor += clock_processor() - processor;
    return status;
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

/* Nobody is to go on from a checkpoint of two data. A team gives up together: when one of it alone
 * has seen them change, the others learn it with the next gradient, or at once when all stop here.
 */
static status_t keep(trainer_t *t, int64_t step, int is_last) {
    status_t status = task_check_data(t->task);
    if (is_last) status = together(t->setting->team, status);
    if (status == STATUS_OK) trainer_keep(t, step);
    if (is_last || !t->setting->team) return status;
    t->shares.is_unsound = status != STATUS_OK;
    return STATUS_OK;
}

static status_t run_steps(trainer_t *t) {
    int64_t steps = t->options.steps;
    TRY(shares_agree(&t->shares, t->kept_step));
    for (int64_t step = t->kept_step; step < steps; step++) {
        int is_stopped = is_stop_due(t, step);
        if (is_stopped || trainer_is_keeping_due(t)) TRY(keep(t, step, is_stopped));
        CHECK(!is_stopped, STATUS_INCOMPLETE, "trial %s was stopped before step %ld of %ld",
              t->trial->id, (long)step, (long)steps);
        TRY(trainer_measure(t, step));
        if (is_given_up(t, step)) return STATUS_OK;
        TRY(run_step(t, step));
        if (is_over(t)) return STATUS_OK;
    }
    return trainer_measure(t, steps);
}

status_t trainer_run(trainer_t *t) {
    TRY(run_steps(t));
    return together(t->setting->team, task_check_data(t->task));
}

void trainer_record(trainer_t *t, record_t *record) {
    history_record(&t->history, record);
    if (t->gate) gate_record(t->gate, record);
    policy_record(&t->policy, record);
    rksp_probe_record(t->probe, record);
    curvature_probe_record(t->curvature, record);
    edge_record(record);
    early_probe_record(t->early, record);
    coords_probe_record(t->coords, record);
    watch_probe_record(&t->watch, record);
    stabilizers_record(t->stabilizers, record);
    if (t->options.keep_weights) weights_record(t->model, record);
    record_put_i64(record, "outcome/parameters", (int64_t)model_cost(t->model).parameters);
    record_put_f64(record, "outcome/seconds", clock_seconds() - t->started);
    origin_record(t->task, t->blas_core, model_precision(t->model),
                  graph_backend(model_graph(t->model)), record);
    record_put_text(record, "outcome/message", "");
}
