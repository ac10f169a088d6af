/* Rotary position embedding (Su et al. 2021) of packed heads, on half-split pairs (i, i + s/2),
 * angle t base^(-2 i / s) at position t.
 *
 * x0, y0 [B T, C]: the first `heads` heads of s = head_size columns are turned, the rest copied. */
#include "kernel/rope.h"
#include "kernel/kernel.h"

/* cos and sin of every position and pair, [T, s/2] each, in the values of scratch: the same for all
 * samples and heads. */
ROWS(fill_table, c, t, OPTIONS_OF(c, rope_options)->length) {
    const struct rope_options *o = OPTIONS_OF(c, rope_options);
    long half = o->head_size / 2, count = o->length * half;
    LANES(i, half) {
        double angle = (double)t * pow(o->base, -2.0 * (double)i / (double)o->head_size);
        c->scratch.v[t * half + i] = (flt)cos(angle);
        c->scratch.v[count + t * half + i] = (flt)sin(angle);
    }
}

/* to = from turned by +angle (direction 1) or -angle (direction -1); `add` is added where present.
 */
INLINE void turn_row(const call_t *c, span_t from, span_t to, span_t add, long i, flt direction) {
    const struct rope_options *o = OPTIONS_OF(c, rope_options);
    long half = o->head_size / 2, turned = o->heads * o->head_size, cols = c->y[0].cols;
    const flt *cosine = c->scratch.v + i % o->length * half;
    const flt *sine = cosine + o->length * half;
    for (long h = 0; h < o->heads; h++) {
        long first = h * o->head_size, second = first + half;
        LANES(j, half) {
            real a = load_linear(from, first + j), b = load_linear(from, second + j);
            flt s = direction * sine[j];
            store(to, first + j, load_add(add, first + j) + a * cosine[j] - b * s);
            store(to, second + j, load_add(add, second + j) + b * cosine[j] + a * s);
        }
    }
    LANES(j, cols - turned)
    store(to, turned + j, load_add(add, turned + j) + load_linear(from, turned + j));
}

ROWS(forward_rows, c, i, c->y[0].rows) {
    span_t nothing = {0};
    turn_row(c, row(c->x[0], i), row(c->y[0], i), nothing, i, 1);
}

static void forward(const call_t *c) {
    fill_table(c);
    forward_rows(c);
}

/* A rotation's transpose is the rotation back. */
ROWS(backward_rows, c, i, c->dy.rows) {
    span_t add = span_at_if(c->add[0], i * c->dy.cols);
    turn_row(c, row(c->dy, i), row(c->dx[0], i), add, i, -1);
}

static void backward(const call_t *c) {
    fill_table(c);
    backward_rows(c);
}

DESCRIPTION const char *shape(call_t *c) {
    const struct rope_options *o = OPTIONS_OF(c, rope_options);
    if (o->head_size % 2) return "rope: head_size must be even";
    if (o->heads * o->head_size > c->x[0].cols) return "rope: more heads than columns";
    if (c->x[0].rows % o->length) return "rope: rows are not a whole number of samples";
    c->y[0].rows = c->x[0].rows;
    c->y[0].cols = c->x[0].cols;
    return NULL;
}

DESCRIPTION long scratch(const call_t *c) {
    const struct rope_options *o = OPTIONS_OF(c, rope_options);
    return o->length * o->head_size;
}

OPERATOR(rope, forward, backward, .options = OPTIONS_SIZE(rope_options),
         .doc = "rotary position embedding of packed heads", .inputs = 1, .outputs = 1,
         .shape = shape, .scratch = scratch)
