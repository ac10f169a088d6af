/* Multi-head scaled dot-product attention (Vaswani et al. 2017), optionally causal, optionally with
 * fewer key/value heads than query heads (grouped-query attention, Ainslie et al. 2023).
 *
 * x0 [B T, (H + 2 K) s] = query heads, then key heads, then value heads, each s = head_size wide;
 * y0 [B T, H s]; y1 [B H T, W] = the attention weights P, W = T rounded up, columns beyond the last
 * visible one 0. Per head: S = Q K^T / sqrt(s), P = softmax(S), Y = P V. With a soft cap c (Gemma
 * 2, arXiv 2408.00118) P = softmax(c tanh(S / c)), and y3 [B H T, W] = tanh(S / c). y2 [B H T, 1] =
 * the largest S of each row, before any cap: reported to the host.
 *
 * What is done to a row stands here. In which order the heads are worked differs: the host takes
 * one after the other, so that scratch stays in its cache; a device all at once. */
#include "kernel/kernel.h"

enum { LANE = 16, ATTENTION_MATRICES = 11 };

INLINE long padded(long n) { return (n + LANE - 1) / LANE * LANE; }

/* p = softmax(scale s) over the first `n` of `width` columns, the rest 0; s may be p. `largest` =
 * the largest scale s, a constant of the softmax: in tangents it cancels. */
INLINE void softmax_row(span_t p, span_t s, long n, long width, flt scale, flt largest) {
    long whole = padded(n) < width ? padded(n) : width; /* no scalar tail calls exp */
    real sum = 0;
    LANES(j, whole) sum += exp_first(p, j, load(s, j) * scale - largest, j < n);
    real norm = 1 / team_sum(sum);
    LANES(j, whole) store(p, j, exp_again(p, j, load(s, j) * scale, j < n) * norm);
    LANES(j, width - whole) store(p, whole + j, 0);
}

/* P of one row, which sees n columns, from its unscaled logits s; notes the largest. */
INLINE void weigh_row(span_t p, span_t s, span_t noted, long n, long width, flt scale, flt cap) {
    flt largest = 0;
    IN_VALUES(largest = team_max(largest_of(s.v, n)) * scale;)
    note(noted, 0, largest);
    if (!(cap > 0)) {
        softmax_row(p, s, n, width, scale, largest);
        return;
    }
    LANES(j, n) tanh_in_place(s, j, scale / cap);
    softmax_row(p, s, n, width, cap, cap * flt_fine_tanh(largest / cap));
}

/* ds = scale p (dp - sum p dp) in place of dp, over `n` of `width` columns; the rest 0. */
INLINE void softmax_backward_row(span_t p, span_t ds, long n, long width, flt scale) {
    real dot = 0;
    LANES(j, n) dot += load(p, j) * load(ds, j);
    dot = team_sum(dot);
    LANES(j, n) store_both(ds, j, load(p, j) * (load(ds, j) - dot) * scale);
    LANES(j, width - n) store_both(ds, n + j, 0);
}

/* d tanh(S / c): ds <- (1 - t^2) ds */
INLINE void softcap_backward_row(span_t t, span_t ds, long n) {
    LANES(j, n) {
        real x = load(t, j);
        store_both(ds, j, load(ds, j) * (1 - x * x));
    }
}

/* dS of one row in place of its dP; t = tanh(S / c) when capped. */
INLINE void weigh_backward_row(span_t p, span_t t, span_t ds, long n, long width, flt scale,
                               flt cap) {
    softmax_backward_row(p, ds, n, width, scale);
    if (cap > 0) softcap_backward_row(t, ds, n);
}

#ifdef DEVICE
#include "kernel/device/attention.h"
#else
#include "kernel/host/attention.h"
#endif

DESCRIPTION const char *shape(call_t *c) {
    const struct attention_options *o = &c->options.attention;
    if (c->x[0].cols != (o->heads + 2 * o->kv_heads) * o->head_size)
        return "attention: x must be [B T, (heads + 2 kv_heads) head_size]";
    if (o->heads % o->kv_heads) return "attention: kv_heads must divide heads";
    if (c->x[0].rows % o->length) return "attention: rows are not a whole number of samples";
    c->y[0].rows = c->x[0].rows;
    c->y[0].cols = o->heads * o->head_size;
    c->y[1].rows = c->y[2].rows = c->x[0].rows * o->heads;
    c->y[1].cols = padded(o->length);
    c->y[2].cols = 1;
    c->y[3].rows = o->softcap > 0 ? c->y[1].rows : 0;
    c->y[3].cols = c->y[1].cols;
    return NULL;
}

DESCRIPTION long scratch(const call_t *c) {
    const struct attention_options *o = &c->options.attention;
    return padded(o->length) * (o->head_size + o->length);
}

/* dS of all heads, and where the matrices of every head are (device/attention.h). */
DESCRIPTION long device_scratch(const call_t *c) {
    long heads = c->y[1].rows / c->options.attention.length;
    size_t pointers = 2 * ATTENTION_MATRICES * (size_t)heads * sizeof(flt *);
    return c->y[1].rows * c->y[1].cols + (long)(pointers / sizeof(flt));
}

DESCRIPTION double flops(const call_t *c) {
    const struct attention_options *o = &c->options.attention;
    return 4.0 * (double)c->x[0].rows * (double)o->length * (double)(o->heads * o->head_size);
}

OPERATOR(attention, forward, backward, .doc = "multi-head scaled dot-product attention",
         .inputs = 1, .outputs = 4, .shape = shape, .scratch = scratch,
         .device_scratch = device_scratch, .flops = flops, .backward_x = 1, .backward_y = 2 | 8,
         .reports = 4)
