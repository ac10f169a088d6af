/* y = x silu(z), elementwise, silu(z) = z / (1 + exp(-z)): x0 = x, x1 = z, both [n,d] (the gate of
 * Mamba, Gu & Dao 2023). */
#include "kernel/kernel.h"

ROWS(forward, c, i, c->y[0].rows) {
    span_t x = row(c->x[0], i), z = row(c->x[1], i), y = row(c->y[0], i);
    LANES(j, c->y[0].cols) {
        real v = load(z, j);
        store(y, j, load(x, j) * v * real_sigmoid(v));
    }
}

/* With s = sigmoid(z): dx = add + dy z s, dz = add + dy x s (1 + z (1 - s)) */
ROWS(backward, c, i, c->dy.rows) {
    long cols = c->dy.cols;
    span_t x = row(c->x[0], i), z = row(c->x[1], i), dy = row(c->dy, i);
    span_t add_x = span_at_if(c->add[0], i * cols), add_z = span_at_if(c->add[1], i * cols);
    if (wanted(c->dx[0])) {
        span_t dx = row(c->dx[0], i);
        LANES(j, cols) {
            real v = load(z, j);
            store(dx, j, load_add(add_x, j) + load(dy, j) * v * real_sigmoid(v));
        }
    }
    if (!wanted(c->dx[1])) return;
    span_t dz = row(c->dx[1], i);
    LANES(j, cols) {
        real v = load(z, j), s = real_sigmoid(v);
        store(dz, j, load_add(add_z, j) + load(dy, j) * load(x, j) * s * (1 + v * (1 - s)));
    }
}

DESCRIPTION const char *shape(call_t *c) {
    if (c->x[1].rows != c->x[0].rows || c->x[1].cols != c->x[0].cols)
        return "gate: x and z differ in shape";
    c->y[0].rows = c->x[0].rows;
    c->y[0].cols = c->x[0].cols;
    return NULL;
}

OPERATOR(gate, forward, backward, .doc = "x silu(z), elementwise", .inputs = 2, .outputs = 1,
         .shape = shape, .backward_x = 1 | 2)
