/* y = x/2 (1 + tanh(sqrt(2/pi) (x + 0.044715 x^3))): GELU in the tanh form of GPT-2. */
#include "kernel/kernel.h"

#define ROOT  ((flt)0.7978845608028654) /* sqrt(2/pi) */
#define CUBIC ((flt)0.044715)

ROWS(forward, c, i, c->y[0].rows) {
    span_t x = row(c->x[0], i), y = row(c->y[0], i);
    LANES(j, c->y[0].cols) {
        real v = load(x, j);
        real t = real_tanh(ROOT * v * (1 + CUBIC * v * v));
        store(y, j, (flt)0.5 * v * (1 + t));
    }
}

/* dx = add + dy (1/2 (1 + t) + 1/2 v (1 - t^2) sqrt(2/pi) (1 + 3 0.044715 v^2)) */
ROWS(backward, c, i, c->y[0].rows) {
    span_t x = row(c->x[0], i), dy = row(c->dy, i), dx = row(c->dx[0], i);
    span_t add = span_at_if(c->add[0], i * c->dy.cols);
    LANES(j, c->dy.cols) {
        real v = load(x, j), v2 = v * v;
        real t = real_tanh(ROOT * v * (1 + CUBIC * v2));
        real slope =
            (flt)0.5 * (1 + t) + ((flt)0.5 * ROOT) * v * (1 - t * t) * (1 + 3 * CUBIC * v2);
        store(dx, j, load_add(add, j) + load(dy, j) * slope);
    }
}

DESCRIPTION const char *shape(call_t *c) {
    c->y[0].rows = c->x[0].rows;
    c->y[0].cols = c->x[0].cols;
    return NULL;
}

OPERATOR(gelu, forward, backward, .doc = "tanh-form GELU, elementwise", .inputs = 1, .outputs = 1,
         .shape = shape, .backward_x = 1)
