/* y[b] = x[b T + position]: one row of every sample, so that what follows runs on B rows only. */
#include "kernel/select.h"
#include "kernel/kernel.h"

ROWS(forward, c, b, c->y[0].rows) {
    const struct select_options *o = OPTIONS_OF(c, select_options);
    span_t x = row(c->x[0], b * o->period + o->position), y = row(c->y[0], b);
    LANES(j, c->y[0].cols) store(y, j, load_linear(x, j));
}

/* dx = add, + dy on the rows selected */
ROWS(backward, c, i, c->dx[0].rows) {
    const struct select_options *o = OPTIONS_OF(c, select_options);
    long d = c->dx[0].cols;
    span_t dx = row(c->dx[0], i), add = span_at_if(c->add[0], i * d);
    if (i % o->period == o->position) {
        span_t dy = row(c->dy, i / o->period);
        LANES(j, d) store(dx, j, load_add(add, j) + load_linear(dy, j));
    } else {
        LANES(j, d) store(dx, j, load_add(add, j));
    }
}

DESCRIPTION const char *shape(call_t *c) {
    const struct select_options *o = OPTIONS_OF(c, select_options);
    if (c->x[0].rows % o->period) return "select: rows are not a whole number of samples";
    if (o->position < 0 || o->position >= o->period) return "select: position outside the sample";
    c->y[0].rows = c->x[0].rows / o->period;
    c->y[0].cols = c->x[0].cols;
    return NULL;
}

OPERATOR(select, forward, backward, .options = OPTIONS_SIZE(select_options),
         .doc = "one row of every sample", .inputs = 1, .outputs = 1, .shape = shape)
