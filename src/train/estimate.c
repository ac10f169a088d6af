/* What a trial will cost, from a model that is described but not allocated. */
#include "external/options.h"
#include "model/model.h"
#include "optim/mup.h"
#include "probe/coords.h"
#include "probe/curvature.h"
#include "probe/early.h"
#include "probe/rksp.h"
#include "train/gate.h"
#include "train/options.h"
#include "train/order_options.h"
#include "train/outside.h"
#include "train/shares.h"
#include "train/train.h"

static double validations(const struct train_options *options) {
    if (options->valid_batches == 0) return 0;
    return 1 + (options->valid_every ? (double)(options->steps / options->valid_every) : 0);
}

static double batch_bytes(const task_shape_t *shape, int64_t batch) {
    double inputs = shape->kind == TASK_TOKENS ? shape->seq_len : 3.0 * shape->image * shape->image;
    return 2 * sizeof(float) * (double)batch * inputs;
}

static status_t add_up(const config_t *config, const struct train_options *options,
                       const task_shape_t *shape, const stabilizer_needs_t *needs,
                       const model_t *model, trial_cost_t *cost) {
    model_cost_t one = model_cost(model);
    rksp_probe_cost_t probe;
    curvature_cost_t curvature;
    double coords;
    matrix_t hidden = model_hidden(model, 0);
    CHECK(hidden.rows >= needs->positions, STATUS_SPEC,
          "train.batch: %ld samples have %ld positions, and a stabilizer of this trial (kss.rank) "
          "needs %ld; raise it",
          (long)options->batch, hidden.rows, (long)needs->positions);
    TRY(rksp_probe_estimate(config, model, shape, (int)options->batch, options->steps, &probe));
    double hidden_bytes = (double)(hidden.rows * hidden.cols) * (double)sizeof(flt);
    TRY(curvature_probe_estimate(config, model, shape, options->steps, &curvature));
    double valid_batches = validations(options) * (double)options->valid_batches;
    double gradients = (1 + needs->gradients) * (double)options->steps;
    double forwards = 3 * gradients + valid_batches; /* a backward run is worth two */
    forwards *= (double)options->ranks;              /* each of a share of the batch */
    TRY(coords_probe_estimate(config, options->steps, &coords));
    forwards += early_probe_passes(config) + coords;
    *cost = (trial_cost_t){
        .parameters = one.parameters,
        .screening_flops = probe.initial_flops,
        .flops = forwards * one.forward_flops + probe.flops + curvature.flops,
        .bytes =
            one.bytes + probe.bytes + curvature.bytes + optim_bytes(config, one.parameters) +
            (needs->vectors + early_probe_vectors(config)) * one.parameters * (double)sizeof(flt) +
            needs->hidden_states * hidden_bytes + batch_bytes(shape, options->batch),
    };
    return STATUS_OK;
}

static status_t estimate_ours(const config_t *config, trial_cost_t *cost) {
    struct train_options options;
    const task_row_t *row;
    task_shape_t shape;
    model_t *model;
    stabilizer_needs_t needs;
    config_read(config, &train_fields, &options);
    TRY(task_describe(config, &row, &shape));
    TRY(stabilizers_needs(config, &needs));
    graph_mode_t mode = train_graph_mode(config, &needs);
    TRY(shares_check(&options, &needs, mode));
    options.batch /= options.ranks;
    TRY(model_describe(config, &shape, (int)options.batch, mode, &model));
    status_t status = mup_check(config, model_graph(model));
    if (status == STATUS_OK) status = add_up(config, &options, &shape, &needs, model, cost);
    if (status == STATUS_OK)
        cost->flops += (double)options.steps * optim_flops(config, model_graph(model));
    model_destroy(&model);
    return status;
}

/* A risk that was not measured is none (policy/risk.c): the rule would end no trial. */
static status_t policy_check(const config_t *config) {
    CHECK(config_number(config, "policy.risk.above") >= 1 || rksp_probe_is_asked(config, 0),
          STATUS_SPEC,
          "policy.risk.above: the risk is not measured; add 0 to probe.rksp.steps, or remove it");
    return STATUS_OK;
}

status_t trial_estimate(const config_t *config, trial_cost_t *cost) {
    TRY(gate_check(config));
    TRY(order_check(config));
    TRY(policy_check(config));
    TRY(early_probe_check(config));
    return external_is_asked(config) ? outside_estimate(config, cost) : estimate_ours(config, cost);
}
