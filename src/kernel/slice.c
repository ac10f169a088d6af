/* y = columns first .. first + count - 1 of x. */
#include "kernel/slice.h"

#include "kernel/kernel.h"

ROWS(forward, c, i, c->y[0].rows) {
    span_t x = span_at(row(c->x[0], i), OPTIONS_OF(c, slice_options)->first);
    span_t y = row(c->y[0], i);
    LANES(j, c->y[0].cols) store(y, j, load_linear(x, j));
}

/* dx = add, + dy on the columns chosen */
ROWS(backward, c, i, c->dy.rows) {
    long first = OPTIONS_OF(c, slice_options)->first, end = first + c->dy.cols, d = c->dx[0].cols;
    span_t dy = row(c->dy, i), dx = row(c->dx[0], i), add = span_at_if(c->add[0], i * d);
    LANES(j, first) store(dx, j, load_add(add, j));
    LANES(j, end - first) { store(dx, first + j, load_add(add, first + j) + load_linear(dy, j)); }
    LANES(j, d - end) store(dx, end + j, load_add(add, end + j));
}

DESCRIPTION const char *shape(call_t *c) {
    const struct slice_options *o = OPTIONS_OF(c, slice_options);
    if (o->first < 0 || o->count < 1 || o->first + o->count > c->x[0].cols)
        return "slice: columns outside the matrix";
    c->y[0].rows = c->x[0].rows;
    c->y[0].cols = o->count;
    return NULL;
}

OPERATOR(slice, forward, backward, .options = OPTIONS_SIZE(slice_options),
         .doc = "some neighbouring columns", .inputs = 1, .outputs = 1, .shape = shape)
