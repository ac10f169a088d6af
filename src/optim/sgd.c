#include "optim/sgd.h"

struct sgd_options {
    double momentum;
};

static const field_t fields[] = {
    {"train.momentum", FIELD_REAL, offsetof(struct sgd_options, momentum), 0, 0.999999, "0.9", NULL,
     "share of the last update that is kept (sgd)"},
};
const field_set_t sgd_fields = FIELD_SET("sgd", fields);

static void update(const update_t *u, const void *row_options) {
    const struct sgd_options *options = row_options;
    flt momentum = (flt)options->momentum, rate = (flt)u->lr;
    flt keep = (flt)(1 - u->lr * u->weight_decay);
    flt *theta = u->theta, *b = u->moments[0];
    const flt *gradient = u->gradient;
#pragma GCC ivdep
    for (long i = 0; i < u->count; i++) {
        b[i] = momentum * b[i] + gradient[i];
        theta[i] = keep * theta[i] - rate * b[i];
    }
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
