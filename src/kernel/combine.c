/* y[t] = sum over places of g[t,place] x[slots[t,place]]: what a token's experts made of it,
 * weighed by its gates, in the order of places (route.h): the scatter to gather's.
 *
 * x0 [n k,d]; x1 = gates [n,k]; x2 = slots [n,k], integers; y [n,d]. */
#include "kernel/kernel.h"

ROWS(forward, c, t, c->y[0].rows) {
    long k = c->x[1].cols;
    const int32_t *slots = integers_of(c->x[2]) + t * k;
    span_t gates = row(c->x[1], t), y = row(c->y[0], t);
    LANES(j, c->y[0].cols) {
        real sum = 0;
        for (long place = 0; place < k; place++)
            sum += load(gates, place) * load(row(c->x[0], slots[place]), j);
        store(y, j, sum);
    }
}

/* A slot belongs to one token: dx[slot] = add + g dy */
INLINE void backward_slot(const call_t *c, span_t dy, real gate, long slot) {
    long d = c->dy.cols;
    span_t dx = row(c->dx[0], slot), add = span_at_if(c->add[0], slot * d);
    LANES(j, d) store(dx, j, load_add(add, j) + gate * load(dy, j));
}

/* dg = add + dy . x[slot] */
ROWS(backward, c, t, c->dy.rows) {
    long k = c->x[1].cols;
    const int32_t *slots = integers_of(c->x[2]) + t * k;
    span_t gates = row(c->x[1], t), dy = row(c->dy, t);
    span_t add = span_at_if(c->add[1], t * k);
    for (long place = 0; place < k; place++) {
        span_t x = row(c->x[0], slots[place]);
        if (wanted(c->dx[0])) backward_slot(c, dy, load(gates, place), slots[place]);
        if (!wanted(c->dx[1])) continue;
        real dot = 0;
        LANES(j, c->dy.cols) dot += load(dy, j) * load(x, j);
        dot = team_sum(dot);
        if (team_leads()) store(row(c->dx[1], t), place, load_add(add, place) + dot);
    }
}

DESCRIPTION const char *shape(call_t *c) {
    if (c->x[1].rows != c->x[2].rows || c->x[1].cols != c->x[2].cols)
        return "combine: gates and slots differ in shape";
    if (c->x[0].rows != c->x[1].rows * c->x[1].cols) return "combine: x must be [n k, d]";
    c->y[0].rows = c->x[1].rows;
    c->y[0].cols = c->x[0].cols;
    return NULL;
}

OPERATOR(combine, forward, backward,
         .doc = "what its experts made of a token, weighed by its gates", .inputs = 3, .outputs = 1,
         .shape = shape, .takes_integers = 4, .backward_x = 1 | 2)
