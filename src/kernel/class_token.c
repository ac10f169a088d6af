/* ViT input: per sample the class token, then its P patches, plus learned positions.
 * x0 = patches [B P, d], x1 = class token [1,d], x2 = positions [P+1,d]; y [B (P+1), d]. */
#include "kernel/kernel.h"

ROWS(forward, c, i, c->y[0].rows) {
    long period = c->x[2].rows, sample = i / period, at = i % period;
    span_t y = row(c->y[0], i), position = row(c->x[2], at);
    span_t source = at == 0 ? c->x[1].at : row(c->x[0], sample * (period - 1) + at - 1);
    LANES(j, c->y[0].cols) store(y, j, load_linear(source, j) + load_linear(position, j));
}

/* The gradients of one position, from all samples in order. */
ROWS(backward_position, c, at, c->x[2].rows) {
    long period = c->x[2].rows, d = c->dy.cols;
    span_t dposition = row(c->dx[2], at), dclass = c->dx[1].at;
    for (long i = at; i < c->dy.rows; i += period) {
        span_t dy = row(c->dy, i);
        LANES(j, d) accumulate(dposition, j, load_linear(dy, j));
        if (at > 0) continue;
        LANES(j, d) accumulate(dclass, j, load_linear(dy, j));
    }
}

ROWS(backward_patch, c, i, c->dx[0].rows) {
    long patches = c->x[2].rows - 1, d = c->dy.cols;
    span_t dy = row(c->dy, i + i / patches + 1), dx = row(c->dx[0], i);
    span_t add = span_at_if(c->add[0], i * d);
    LANES(j, d) store(dx, j, load_add(add, j) + load_linear(dy, j));
}

static void backward(const call_t *c) {
    backward_position(c);
    if (wanted(c->dx[0])) backward_patch(c);
}

DESCRIPTION const char *shape(call_t *c) {
    long patches = c->x[2].rows - 1, d = c->x[0].cols;
    if (patches < 1 || c->x[0].rows % patches) return "class_token: positions must be [P + 1, d]";
    if (c->x[1].cols != d || c->x[2].cols != d) return "class_token: widths differ";
    c->y[0].rows = c->x[0].rows / patches * (patches + 1);
    c->y[0].cols = d;
    return NULL;
}

OPERATOR(class_token, forward, backward, .doc = "class token before the patches, plus positions",
         .inputs = 3, .outputs = 1, .shape = shape, .parameters = 2 | 4)
