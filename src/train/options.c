#include "train/options.h"

#include <assert.h>

#include "external/options.h"
#include "model/arch.h"
#include "model/resources.h"
#include "optim/mup.h"
#include "policy/policy.h"
#include "probe/coords.h"
#include "probe/curvature.h"
#include "probe/early.h"
#include "probe/rksp.h"
#include "probe/watch.h"
#include "stabilizer/stabilizer.h"
#include "train/gate.h"
#include "train/order_options.h"
#include "train/train.h"

#define OPTIONS struct train_options
static const field_t fields[] = {
    INT_FIELD("train.steps", steps, .min = 0, .max = 1e9, .fallback = "200",
              .doc = "optimizer steps; 0 = measure at initialisation only"),
    INT_FIELD("train.batch", batch, .min = 1, .max = 65536, .fallback = "32",
              .doc = "samples of one step"),
    INT_FIELD("train.valid_every", valid_every, .min = 0, .max = 1e9, .fallback = "0",
              .doc = "steps between validations; 0 = only at the end", .is_later = true,
              .off_with = "train.valid_batches=0"),
    INT_FIELD("train.valid_batches", valid_batches, .min = 0, .max = 1e9, .fallback = "16",
              .doc = "batches of held-out samples of one validation, as far as there are; 0 = no "
                     "validation"),
    INT_FIELD("resources.ranks_per_trial", ranks, .min = 1, .max = 256, .fallback = "1",
              .doc = "ranks that work on one trial together, each on its share of every batch"),
    REAL_FIELD("diverge.loss", loss_limit, .min = 0, .max = 1e30, .fallback = "50",
               .doc = "a run has diverged when its training loss is above this, nats",
               .is_later = true, .is_costless = true),
    REAL_FIELD("diverge.grad_norm", grad_norm_limit, .min = 0, .max = 1e30, .fallback = "500",
               .doc = "a run has diverged when the global 2-norm of its task gradient "
                      "is above this",
               .is_later = true, .is_costless = true),
    BOOL_FIELD("train.stop_on_divergence", stop_on_divergence, .fallback = "true",
               .doc = "end a run at its divergence; false: go on, the first divergence counts",
               .is_later = true),
    BOOL_FIELD("train.keep_weights", keep_weights, .fallback = "false",
               .doc = "a trial's result holds its trained weights, for export and profile",
               .keeps_results = true, .is_later = true, .is_costless = true),
};
const field_set_t train_fields = FIELD_SET("training", fields, .is_shared = true);

status_t train_check_held_out(const struct train_options *options, task_t *task) {
    int64_t samples = task_row(task)->valid_count(task);
    CHECK(options->batch <= samples || options->valid_batches == 0, STATUS_SPEC,
          "train.batch: %ld samples are more than the %ld held out; lower it, or set "
          "train.valid_batches to 0",
          (long)options->batch, (long)samples);
    return STATUS_OK;
}

graph_mode_t train_graph_mode(const config_t *config, const stabilizer_needs_t *needs) {
    graph_mode_t probe = curvature_probe_mode(config);
    return needs->mode > probe ? needs->mode : probe;
}

enum { SETS_MAX = 64 };
const field_set_t *train_field_sets[SETS_MAX];

static void add(const field_set_t *set) {
    int i = 0;
    while (train_field_sets[i] && train_field_sets[i] != set) i++;
    assert(i + 1 < SETS_MAX);
    if (set) train_field_sets[i] = set;
}

/* From the rows themselves, so that a new optimizer, task or stabilizer is one file and one row,
 * options included. */
__attribute__((constructor)) static void collect_field_sets(void) {
    add(&train_fields);
    add(&gate_fields);
    add(&schedule_fields);
    add(&optim_fields);
    add(&mup_fields);
    for (int i = 0; optim_rows[i]; i++) add(optim_rows[i]->options);
    for (int i = 0; stabilizer_rows[i]; i++) {
        add(stabilizer_rows[i]->common);
        add(stabilizer_rows[i]->options);
    }
    add(&model_fields);
    for (int i = 0; arch_rows[i]; i++)
        for (const arch_options_t *o = arch_rows[i]->options; o->set; o++) add(o->set);
    add(&precision_fields);
    add(&resources_fields);
    add(&task_fields);
    for (int i = 0; task_rows[i]; i++) add(task_rows[i]->options);
    add(&order_fields);
    add(&policy_fields);
    for (int i = 0; policy_rows[i]; i++) add(policy_rows[i]->options);
    add(&rksp_probe_fields);
    add(&early_fields);
    add(&coords_fields);
    add(&curvature_fields);
    add(&watch_fields);
    add(&external_fields);
    add(&params_fields);
}
