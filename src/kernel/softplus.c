/* y = log(1 + exp(x)), elementwise. */
#include "kernel/kernel.h"

ROWS(forward, c, i, c->y[0].rows) {
    span_t x = row(c->x[0], i), y = row(c->y[0], i);
    LANES(j, c->y[0].cols) store(y, j, real_softplus(load(x, j)));
}

/* dx = add + dy / (1 + exp(-x)) */
ROWS(backward, c, i, c->dy.rows) {
    span_t x = row(c->x[0], i), dy = row(c->dy, i), dx = row(c->dx[0], i);
    span_t add = span_at_if(c->add[0], i * c->dy.cols);
    LANES(j, c->dy.cols)
    store(dx, j, load_add(add, j) + load(dy, j) * real_sigmoid(load(x, j)));
}

DESCRIPTION const char *shape(call_t *c) {
    c->y[0].rows = c->x[0].rows;
    c->y[0].cols = c->x[0].cols;
    return NULL;
}

OPERATOR(softplus, forward, backward, .doc = "log(1 + exp(x)), elementwise", .inputs = 1,
         .outputs = 1, .shape = shape, .backward_x = 1)
