/* ViT input: per sample the class token, then its P patches, plus learned positions.
 * x0 = patches [B P, d], x1 = class token [1,d], x2 = positions [P+1,d]; y [B (P+1), d]. */
#include "kernel/kernel.h"

ROWS(forward, c, i, c->y[0].rows) {
    long period = c->x[2].rows, sample = i / period, at = i % period;
    span_t y = row(c->y[0], i), position = row(c->x[2], at);
    span_t source = at == 0 ? c->x[1].at : row(c->x[0], sample * (period - 1) + at - 1);
    LANES(j, c->y[0].cols) store(y, j, load_linear(source, j) + load_linear(position, j));
}

ROWS(backward, c, i, c->dy.rows) {
    long period = c->x[2].rows, sample = i / period, at = i % period;
    span_t dy = row(c->dy, i), dposition = row(c->dx[2], at), dclass = c->dx[1].at;
    LANES(j, c->dy.cols) accumulate(dposition, j, load_linear(dy, j));
    if (at == 0) {
        LANES(j, c->dy.cols) accumulate(dclass, j, load_linear(dy, j));
    } else if (wanted(c->dx[0])) {
        long patch = sample * (period - 1) + at - 1;
        span_t dx = row(c->dx[0], patch);
        span_t add = c->add[0].v ? span_at(c->add[0], patch * c->dy.cols) : c->add[0];
        LANES(j, c->dy.cols) store(dx, j, load_add(add, j) + load_linear(dy, j));
    }
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
