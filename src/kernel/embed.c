/* y[i] = token[index[i]] + position[i mod T]: x0 = token table [V,d], x1 = position table [T,d] or
 * absent. */
#include "kernel/kernel.h"

ROWS(forward, c, i, c->y[0].rows) {
    const struct embed_options *o = c->options;
    span_t token = row(c->x[0], c->index[i]), y = row(c->y[0], i);
    if (c->x[1].at.v) {
        span_t position = row(c->x[1], i % o->period);
        LANES(j, c->y[0].cols) store(y, j, load_linear(token, j) + load_linear(position, j));
    } else {
        LANES(j, c->y[0].cols) store(y, j, load_linear(token, j));
    }
}

ROWS(backward, c, i, c->dy.rows) {
    const struct embed_options *o = c->options;
    span_t dy = row(c->dy, i), dtoken = row(c->dx[0], c->index[i]);
    LANES(j, c->dy.cols) accumulate(dtoken, j, load_linear(dy, j));
    if (!wanted(c->dx[1])) return;
    span_t dposition = row(c->dx[1], i % o->period);
    LANES(j, c->dy.cols) accumulate(dposition, j, load_linear(dy, j));
}

DESCRIPTION const char *shape(call_t *c) {
    const struct embed_options *o = c->options;
    if (c->x[1].rows && (c->x[1].cols != c->x[0].cols || c->x[1].rows != o->period))
        return "embed: the position table must be [T, d]";
    if (c->y[0].rows == 0) return "embed: there are no token ids";
    c->y[0].cols = c->x[0].cols; /* rows: one per index, set by the graph */
    return NULL;
}

OPERATOR(embed, forward, backward, .doc = "token + learned position embedding", .inputs = 2,
         .outputs = 1, .shape = shape, .parameters = 1 | 2)
