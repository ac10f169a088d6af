/* y = softmax(x) over the columns of each row; x0, y0 [n,C]. */
#include "kernel/kernel.h"

ROWS(forward, c, i, c->y[0].rows) {
    span_t x = row(c->x[0], i), y = row(c->y[0], i);
    long cols = c->y[0].cols;
    flt largest = team_max(largest_of(x.v, cols)); /* a constant: it cancels */
    real sum = 0;
    LANES(j, cols) sum += exp_first(y, j, load(x, j) - largest, 1);
    real norm = 1 / team_sum(sum);
    LANES(j, cols) store(y, j, exp_again(y, j, load(x, j) - largest, 1) * norm);
}

/* dx = add + y (dy - sum y dy) */
ROWS(backward, c, i, c->dy.rows) {
    span_t y = row(c->y[0], i), dy = row(c->dy, i), dx = row(c->dx[0], i);
    span_t add = span_at_if(c->add[0], i * c->dy.cols);
    real sum = 0;
    LANES(j, c->dy.cols) sum += load(y, j) * load(dy, j);
    sum = team_sum(sum);
    LANES(j, c->dy.cols) store(dx, j, load_add(add, j) + load(y, j) * (load(dy, j) - sum));
}

DESCRIPTION const char *shape(call_t *c) {
    c->y[0].rows = c->x[0].rows;
    c->y[0].cols = c->x[0].cols;
    return NULL;
}

OPERATOR(softmax, forward, backward, .doc = "softmax over the columns of each row", .inputs = 1,
         .outputs = 1, .shape = shape, .backward_y = 1)
