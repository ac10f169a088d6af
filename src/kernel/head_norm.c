/* QK-norm: root-mean-square normalisation of every query and key head by itself (Henry et al. 2020,
 * arXiv 2010.04245; with gains as in Dehghani et al. 2023, arXiv 2302.05442), which bounds the
 * attention logits whatever the weights are.
 *
 * x0, y0 [n, C] = query heads, key heads, rest, heads of s = head_size columns; x1, x2 [1, s] = the
 * gains of the queries and of the keys; y1 [n, heads] = 1 / root mean square of every head. The
 * rest (the values) is copied. */
#include "kernel/head_norm.h"
#include "kernel/kernel.h"

INLINE long normed_heads(const struct head_norm_options *o) {
    return o->query_heads + o->key_heads;
}

/* Which input holds the gain of head h. */
INLINE int gain_of(const struct head_norm_options *o, long h) { return h < o->query_heads ? 1 : 2; }

/* y = x r gain, r = 1/sqrt(mean(x^2) + epsilon) */
ROWS(forward, c, i, c->x[0].rows) {
    const struct head_norm_options *o = OPTIONS_OF(c, head_norm_options);
    long s = o->head_size, heads = normed_heads(o), normed = heads * s, cols = c->x[0].cols;
    span_t x = row(c->x[0], i), y = row(c->y[0], i), scale = row(c->y[1], i);
    for (long h = 0; h < heads; h++) {
        span_t gain = c->x[gain_of(o, h)].at;
        long first = h * s;
        real square = 0;
        LANES(j, s) {
            real v = load(x, first + j);
            square += v * v;
        }
        real r = 1 / real_sqrt(team_sum(square) / (flt)s + o->epsilon);
        store(scale, h, r);
        LANES(j, s) store(y, first + j, load(x, first + j) * r * load(gain, j));
    }
    LANES(j, cols - normed) store(y, normed + j, load_linear(x, normed + j));
}

/* With u = x r and g = dy gain: dx = add + r (g - u mean(g u)), dgain += dy u */
ROWS(backward, c, i, c->x[0].rows) {
    const struct head_norm_options *o = OPTIONS_OF(c, head_norm_options);
    long s = o->head_size, heads = normed_heads(o), normed = heads * s, cols = c->x[0].cols;
    span_t x = row(c->x[0], i), dy = row(c->dy, i), scale = row(c->y[1], i);
    int is_wanted = wanted(c->dx[0]);
    span_t dx = is_wanted ? row(c->dx[0], i) : c->dx[0].at;
    span_t add = span_at_if(c->add[0], i * cols);
    for (long h = 0; h < heads; h++) {
        span_t gain = c->x[gain_of(o, h)].at, dgain = team_share(c->dx[gain_of(o, h)]);
        long first = h * s;
        real r = load(scale, h), sum = 0;
        LANES(j, s) {
            real u = load(x, first + j) * r, d = load(dy, first + j);
            sum += d * load(gain, j) * u;
            accumulate(dgain, j, d * u);
        }
        if (!is_wanted) continue;
        real mean = team_sum(sum) / (flt)s;
        LANES(j, s) {
            real g = load(dy, first + j) * load(gain, j), u = load(x, first + j) * r;
            store(dx, first + j, load_add(add, first + j) + r * (g - u * mean));
        }
    }
    if (!is_wanted) return;
    LANES(j, cols - normed)
    store(dx, normed + j, load_add(add, normed + j) + load_linear(dy, normed + j));
}

DESCRIPTION const char *shape(call_t *c) {
    const struct head_norm_options *o = OPTIONS_OF(c, head_norm_options);
    if (normed_heads(o) * o->head_size > c->x[0].cols) return "head_norm: more heads than columns";
    if (c->x[1].cols != o->head_size || c->x[2].cols != o->head_size)
        return "head_norm: gains must be [1, head_size]";
    c->y[0].rows = c->y[1].rows = c->x[0].rows;
    c->y[0].cols = c->x[0].cols;
    c->y[1].cols = normed_heads(o);
    return NULL;
}

OPERATOR(head_norm, forward, backward, .options = OPTIONS_SIZE(head_norm_options),
         .doc = "root-mean-square normalisation of q and k heads", .inputs = 3, .outputs = 2,
         .shape = shape, .parameters = 2 | 4, .backward_x = 1, .backward_y = 2, .sums = 2 | 4)
