/* y = silu(gate) up, silu(g) = g / (1 + exp(-g)) (Shazeer 2020): x0 [n, 2f] = gate | up, y0 [n, f].
 */
#include "kernel/kernel.h"

ROWS(forward, c, i, c->y[0].rows) {
    long f = c->y[0].cols;
    span_t gate = row(c->x[0], i), up = span_at(gate, f), y = row(c->y[0], i);
    LANES(j, f) {
        real g = load(gate, j);
        store(y, j, g * real_sigmoid(g) * load(up, j));
    }
}

/* With s = sigmoid(g): dgate = dy up s (1 + g (1 - s)), dup = dy g s */
ROWS(backward, c, i, c->dy.rows) {
    long f = c->dy.cols;
    span_t gate = row(c->x[0], i), up = span_at(gate, f), dy = row(c->dy, i);
    span_t dgate = row(c->dx[0], i), dup = span_at(dgate, f);
    span_t add = span_at_if(c->add[0], 2 * i * f);
    LANES(j, f) {
        real g = load(gate, j), s = real_sigmoid(g), d = load(dy, j);
        real slope = s * (1 + g * (1 - s));
        store(dgate, j, load_add(add, j) + d * load(up, j) * slope);
        store(dup, j, load_add(add, f + j) + d * g * s);
    }
}

DESCRIPTION const char *shape(call_t *c) {
    if (c->x[0].cols % 2) return "swiglu: x must be [n, 2 f]";
    c->y[0].rows = c->x[0].rows;
    c->y[0].cols = c->x[0].cols / 2;
    return NULL;
}

OPERATOR(swiglu, forward, backward, .doc = "silu(gate) up", .inputs = 1, .outputs = 1,
         .shape = shape, .backward_x = 1)
