/* y[i] = x[order[i] / k]: the rows of tokens, sorted by expert (route.h).
 *
 * x0 [n,d]; x1 = order [n k,1] and x2 = slots [n,k], integers, each the other's inverse; y [n k,d].
 */
#include "kernel/kernel.h"

ROWS(forward, c, i, c->y[0].rows) {
    long token = integers_of(c->x[1])[i] / c->x[2].cols;
    span_t x = row(c->x[0], token), y = row(c->y[0], i);
    LANES(j, c->y[0].cols) store(y, j, load_linear(x, j));
}

/* dx = add + sum of dy over the token's places, in their order */
ROWS(backward, c, t, c->dx[0].rows) {
    long k = c->x[2].cols, d = c->dx[0].cols;
    const int32_t *slots = integers_of(c->x[2]) + t * k;
    span_t dx = row(c->dx[0], t), add = span_at_if(c->add[0], t * d);
    LANES(j, d) {
        real sum = load_add(add, j);
        for (long place = 0; place < k; place++) sum += load_linear(row(c->dy, slots[place]), j);
        store(dx, j, sum);
    }
}

DESCRIPTION const char *shape(call_t *c) {
    if (c->x[2].rows != c->x[0].rows) return "gather: slots must have one row per token";
    if (c->x[1].rows != c->x[2].rows * c->x[2].cols) return "gather: order must be [n k, 1]";
    c->y[0].rows = c->x[1].rows;
    c->y[0].cols = c->x[0].cols;
    return NULL;
}

OPERATOR(gather, forward, backward, .doc = "rows of tokens, sorted by expert", .inputs = 3,
         .outputs = 1, .shape = shape, .takes_integers = 2 | 4)
