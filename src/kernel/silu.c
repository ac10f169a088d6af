/* y = x / (1 + exp(-x)), elementwise (SiLU, swish). */
#include "kernel/kernel.h"

ROWS(forward, c, i, c->y[0].rows) {
    span_t x = row(c->x[0], i), y = row(c->y[0], i);
    LANES(j, c->y[0].cols) {
        real v = load(x, j);
        store(y, j, v * real_sigmoid(v));
    }
}

/* With s = sigmoid(x): dx = add + dy s (1 + x (1 - s)) */
ROWS(backward, c, i, c->dy.rows) {
    span_t x = row(c->x[0], i), dy = row(c->dy, i), dx = row(c->dx[0], i);
    span_t add = span_at_if(c->add[0], i * c->dy.cols);
    LANES(j, c->dy.cols) {
        real v = load(x, j), s = real_sigmoid(v);
        store(dx, j, load_add(add, j) + load(dy, j) * s * (1 + v * (1 - s)));
    }
}

DESCRIPTION const char *shape(call_t *c) {
    c->y[0].rows = c->x[0].rows;
    c->y[0].cols = c->x[0].cols;
    return NULL;
}

OPERATOR(silu, forward, backward, .doc = "x / (1 + exp(-x)), elementwise", .inputs = 1,
         .outputs = 1, .shape = shape, .backward_x = 1)
