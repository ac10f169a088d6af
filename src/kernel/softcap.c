/* y = cap tanh(x / cap): soft-capping of the final logits (Gemma 2, arXiv 2408.00118). x0, y0
 * [n,C].
 */
#include "kernel/softcap.h"
#include "kernel/kernel.h"

ROWS(forward, c, i, c->y[0].rows) {
    const struct softcap_options *o = OPTIONS_OF(c, softcap_options);
    flt cap = o->cap;
    span_t x = row(c->x[0], i), y = row(c->y[0], i);
    LANES(j, c->y[0].cols) store(y, j, cap * real_fine_tanh(load(x, j) / cap));
}

/* dx = add + dy (1 - tanh(x / cap)^2); from x: the loss overwrites y, its logits */
ROWS(backward, c, i, c->dy.rows) {
    const struct softcap_options *o = OPTIONS_OF(c, softcap_options);
    flt cap = o->cap;
    span_t x = row(c->x[0], i), dy = row(c->dy, i), dx = row(c->dx[0], i);
    span_t add = span_at_if(c->add[0], i * c->dy.cols);
    LANES(j, c->dy.cols) {
        real t = real_fine_tanh(load(x, j) / cap);
        store(dx, j, load_add(add, j) + load(dy, j) * (1 - t * t));
    }
}

DESCRIPTION const char *shape(call_t *c) {
    const struct softcap_options *o = OPTIONS_OF(c, softcap_options);
    if (!(o->cap > 0)) return "softcap: the cap must be above 0";
    c->y[0].rows = c->x[0].rows;
    c->y[0].cols = c->x[0].cols;
    return NULL;
}

OPERATOR(softcap, forward, backward, .options = OPTIONS_SIZE(softcap_options),
         .doc = "y = cap tanh(x / cap)", .inputs = 1, .outputs = 1, .shape = shape, .backward_x = 1)
