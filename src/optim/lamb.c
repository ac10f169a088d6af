#include "optim/lamb.h"

#include <math.h>

#include "kernel/vector.h"
#include "optim/adamw.h"

enum { BLOCK = 512 };

/* What makes r of m, v and theta. */
typedef struct direction {
    flt root1, root2, eps, decay; /* 1 / (1 - beta1^t), 1 / sqrt(1 - beta2^t) */
} direction_t;

/* r[0..count) of the elements from `first` on. */
static void find_direction(const direction_t *d, const update_t *u, long first, long count,
                           flt *r) {
    const flt *theta = u->theta + first;
    const flt *m = u->moments[0] + first, *v = u->moments[1] + first;
#pragma GCC ivdep
    for (long i = 0; i < count; i++)
        r[i] = m[i] * d->root1 / (square_root(v[i]) * d->root2 + d->eps) + d->decay * theta[i];
}

static double direction_norm(const direction_t *d, const update_t *u) {
    flt r[BLOCK];
    double sum = 0;
    for (long first = 0; first < u->count; first += BLOCK) {
        long count = u->count - first < BLOCK ? u->count - first : BLOCK;
        find_direction(d, u, first, count, r);
        sum += vector_dot(r, r, count);
    }
    return sqrt(sum);
}

static void move(const direction_t *d, const update_t *u, double rate) {
    flt r[BLOCK];
    for (long first = 0; first < u->count; first += BLOCK) {
        long count = u->count - first < BLOCK ? u->count - first : BLOCK;
        find_direction(d, u, first, count, r);
        vector_add(-rate, r, u->theta + first, count);
    }
}

static void take_moments(const update_t *u, const struct adamw_options *options) {
    flt beta2 = (flt)options->beta2;
    flt gain1 = (flt)(1 - options->beta1), gain2 = (flt)(1 - options->beta2);
    flt *m = u->moments[0], *v = u->moments[1];
#pragma GCC ivdep
    for (long i = 0; i < u->count; i++) {
        flt g = u->gradient[i];
        m[i] += gain1 * (g - m[i]);
        v[i] = beta2 * v[i] + gain2 * g * g;
    }
}

/* r is made twice, rather than kept in an array of its own. */
static void update(const update_t *u, const void *row_options) {
    const struct adamw_options *options = row_options;
    double t = (double)u->step;
    direction_t d = {.root1 = (flt)(1 / (1 - pow(options->beta1, t))),
                     .root2 = (flt)(1 / sqrt(1 - pow(options->beta2, t))),
                     .eps = (flt)options->eps,
                     .decay = (flt)u->weight_decay};
    take_moments(u, options);
    double size = vector_norm(u->theta, u->count), length = direction_norm(&d, u);
    move(&d, u, size > 0 && length > 0 ? u->lr * size / length : u->lr);
}

const optim_row_t optim_lamb = {
    .name = "lamb",
    .doc = "Adam with a trust ratio for each tensor",
    .moments = 2,
    .options = &adamw_fields,
    .options_size = sizeof(struct adamw_options),
    .mup = {.hidden = -0.5, .query = 0},
    .update = update,
    .runs_on_host = 1,
};
