#include "optim/sgd.h"

#include "kernel/vector/sgd.h"

struct sgd_options {
    double momentum;
};

#define OPTIONS struct sgd_options
static const field_t fields[] = {
    REAL_FIELD("train.momentum", momentum, .min = 0, .max = 0.999999, .fallback = "0.9",
               .doc = "share of the last update that is kept", .needs = "train.optimizer=sgd",
               .is_later = true, .is_costless = true),
};
const field_set_t sgd_fields = FIELD_SET("sgd", fields);

static void update(const update_t *u, const void *row_options) {
    const struct sgd_options *options = row_options;
    const struct sgd_step step = {.keep = (flt)(1 - u->lr * u->weight_decay),
                                  .rate = (flt)u->lr,
                                  .momentum = (flt)options->momentum};
    update_run(u, VECTOR_SGD, &step, sizeof step);
}

static double edge(const void *row_options) {
    const struct sgd_options *options = row_options;
    return 2 * (1 + options->momentum);
}

const optim_row_t optim_sgd = {
    .name = "sgd",
    .doc = "gradient descent with momentum",
    .moments = 1,
    .options = &sgd_fields,
    .options_size = sizeof(struct sgd_options),
    .mup = {.input = 1, .output = -1, .query = -1},
    .update = update,
    .edge = edge,
};
