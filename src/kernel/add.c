/* y = alpha x0 + x1: the residual sum (alpha > 1: DeepNet, Wang et al. 2022). */
#include "kernel/add.h"
#include "kernel/kernel.h"

ROWS(forward, c, i, c->y[0].rows) {
    const struct add_options *o = OPTIONS_OF(c, add_options);
    flt alpha = o->alpha;
    span_t x0 = row(c->x[0], i), x1 = row(c->x[1], i), y = row(c->y[0], i);
    LANES(j, c->y[0].cols) store(y, j, alpha * load_linear(x0, j) + load_linear(x1, j));
}

/* dx0 = add + alpha dy, dx1 = add + dy */
ROWS(backward, c, i, c->y[0].rows) {
    const struct add_options *o = OPTIONS_OF(c, add_options);
    flt scale[2] = {o->alpha, 1};
    span_t dy = row(c->dy, i);
    for (int k = 0; k < 2; k++) {
        if (!wanted(c->dx[k])) continue;
        span_t dx = row(c->dx[k], i);
        span_t add = span_at_if(c->add[k], i * c->dy.cols);
        flt s = scale[k];
        LANES(j, c->dy.cols) store(dx, j, load_add(add, j) + s * load_linear(dy, j));
    }
}

DESCRIPTION const char *shape(call_t *c) {
    if (c->x[0].rows != c->x[1].rows || c->x[0].cols != c->x[1].cols)
        return "add: the two inputs differ in shape";
    c->y[0].rows = c->x[0].rows;
    c->y[0].cols = c->x[0].cols;
    return NULL;
}

DESCRIPTION int passes(const call_t *c, int k) {
    const struct add_options *o = OPTIONS_OF(c, add_options);
    return k == 1 || o->alpha == 1;
}

OPERATOR(add, forward, backward, .options = OPTIONS_SIZE(add_options), .doc = "y = alpha x0 + x1",
         .inputs = 2, .outputs = 1, .shape = shape, .passes = passes)
