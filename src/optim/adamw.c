#include "optim/adamw.h"

#include <math.h>

#include "kernel/vector/adamw.h"

/* "train.optimizer=adamw|lamb": whoever has these options. */
static char of_users[256];

#define OPTIONS struct adamw_options
static const field_t fields[] = {
    REAL_FIELD("train.beta1", beta1, .min = 0, .max = 0.999999, .fallback = "0.9",
               .doc = "decay of the mean gradient", .needs = of_users, .is_later = true,
               .is_costless = true),
    REAL_FIELD("train.beta2", beta2, .min = 0, .max = 0.999999, .fallback = "0.999",
               .doc = "decay of the mean squared gradient", .needs = of_users, .is_later = true,
               .is_costless = true),
    REAL_FIELD("train.eps", eps, .min = 1e-30, .max = 1, .fallback = "1e-8",
               .doc = "added to the root of the mean squared gradient", .needs = of_users,
               .is_later = true, .is_costless = true),
};
const field_set_t adamw_fields = FIELD_SET("adamw", fields);

__attribute__((constructor)) static void find_users(void) {
    optim_users(&adamw_fields, of_users, sizeof of_users);
}

static void update(const update_t *u, const void *row_options) {
    const struct adamw_options *options = row_options;
    double correction1 = 1 - pow(options->beta1, (double)u->step);
    double correction2 = 1 - pow(options->beta2, (double)u->step);
    const struct adamw_step step = {.keep = (flt)(1 - u->lr * u->weight_decay),
                                    .rate = (flt)(u->lr / correction1),
                                    .gain1 = (flt)(1 - options->beta1),
                                    .gain2 = (flt)(1 - options->beta2),
                                    .beta2 = (flt)options->beta2,
                                    .root2 = (flt)(1 / sqrt(correction2)),
                                    .eps = (flt)options->eps};
    update_run(u, VECTOR_ADAMW, &step, sizeof step);
}

/* What the update divides by: sqrt(v^) + eps, v^ with this step's gradient in it. */
static void preconditioner(const update_t *u, const void *row_options, flt *p) {
    const struct adamw_options *options = row_options;
    flt root2 = (flt)(1 / sqrt(1 - pow(options->beta2, (double)u->step)));
    flt gain2 = (flt)(1 - options->beta2), beta2 = (flt)options->beta2, eps = (flt)options->eps;
    const flt *v = u->moments[1], *g = u->gradient;
#pragma GCC ivdep
    for (long i = 0; i < u->count; i++)
        p[i] = square_root(beta2 * v[i] + gain2 * g[i] * g[i]) * root2 + eps;
}

static double edge(const void *row_options) {
    const struct adamw_options *options = row_options;
    return 2 * (1 + options->beta1) / (1 - options->beta1);
}

const optim_row_t optim_adamw = {
    .name = "adamw",
    .doc = "Adam with decoupled weight decay",
    .moments = 2,
    .options = &adamw_fields,
    .options_size = sizeof(struct adamw_options),
    .mup = {.hidden = -1, .output = -1, .query = -0.5},
    .update = update,
    .preconditioner = preconditioner,
    .edge = edge,
};
