#include "train/options.h"

#include <assert.h>

#include "model/model.h"
#include "model/resources.h"
#include "optim/mup.h"
#include "policy/policy.h"
#include "probe/curvature.h"
#include "probe/rksp.h"
#include "stabilizer/stabilizer.h"
#include "train/gate.h"
#include "train/order_options.h"
#include "train/train.h"

#define AT(member) offsetof(struct train_options, member)
static const field_t fields[] = {
    {"train.steps", FIELD_INT, AT(steps), 0, 1e9, "200", NULL,
     "optimizer steps; 0 = measure at initialisation only"},
    {"train.batch", FIELD_INT, AT(batch), 1, 65536, "32", NULL, "samples of one step"},
    {"train.valid_every", FIELD_INT, AT(valid_every), 0, 1e9, "0", NULL,
     "steps between validations; 0 = only at the end"},
    {"train.valid_batches", FIELD_INT, AT(valid_batches), 0, 1e9, "16", NULL,
     "batches of held-out samples of one validation, as far as there are; 0 = no validation"},
    {"resources.ranks_per_trial", FIELD_INT, AT(ranks), 1, 256, "1", NULL,
     "ranks that work on one trial together, each on its share of every batch"},
    {"diverge.loss", FIELD_REAL, AT(loss_limit), 0, 1e30, "50", NULL,
     "a run has diverged when its training loss is above this, nats"},
    {"diverge.grad_norm", FIELD_REAL, AT(grad_norm_limit), 0, 1e30, "500", NULL,
     "a run has diverged when the global 2-norm of its task gradient is above this"},
    {"train.stop_on_divergence", FIELD_BOOL, AT(stop_on_divergence), 0, 0, "true", NULL,
     "end a run at its divergence; false: go on, the first divergence counts"},
};
const field_set_t train_fields = SHARED_FIELD_SET("training", fields);

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
    for (int i = 0; stabilizer_rows[i]; i++) add(stabilizer_rows[i]->options);
    add(&model_fields);
    add(&resources_fields);
    add(&task_fields);
    for (int i = 0; task_rows[i]; i++) add(task_rows[i]->options);
    add(&order_fields);
    add(&policy_fields);
    for (int i = 0; policy_rows[i]; i++) add(policy_rows[i]->options);
    add(&rksp_probe_fields);
    add(&curvature_fields);
}
