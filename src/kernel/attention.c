/* Multi-head scaled dot-product attention (Vaswani et al. 2017), optionally causal, optionally with
 * fewer key/value heads than query heads (grouped-query attention, Ainslie et al. 2023).
 *
 * x0 [B T, (H + 2 K) s] = query heads, then key heads, then value heads, each s = head_size wide;
 * y0 [B T, H s]; y1 [B H T, W] = the attention weights P, W = T rounded up, columns beyond the last
 * visible one 0. Per head: S = Q K^T / sqrt(s), P = softmax(S), Y = P V. With a soft cap c (Gemma
 * 2, arXiv 2408.00118) P = softmax(c tanh(S / c)), and y3 [B H T, W] = tanh(S / c). y2 [B H T, 1] =
 * the largest S of each row, before any cap: reported to the host.
 *
 * Or y1 and y3 are empty (`recomputes`): a block of rows of P lives in scratch memory only, and
 * every pass makes it anew from Q and K. That is 7 products for 6 in a gradient, and memory that
 * grows with T instead of T^2 (docs/gpu.md). Rows are worked whole, so no running maximum and
 * sum as of Dao et al. 2022 (arXiv 2205.14135) is needed.
 *
 * What is done to a row stands here. In which order the heads are worked differs: the host takes
 * one after the other, so that scratch stays in its cache; a device all at once. */
#include "kernel/attention.h"
#include "kernel/kernel.h"

enum { LANE = 16, ATTENTION_MATRICES = 11 };

/* Rows of a sample that are worked at a time, where P is made anew. */
enum { HOST_ROWS = 64, DEVICE_ROWS = 128 };

INLINE long padded(long n) { return (n + LANE - 1) / LANE * LANE; }
INLINE long least(long a, long b) { return a < b ? a : b; }

/* Arrays of P's width that scratch holds: P and tanh(S / c) when they are made anew, and dS. */
INLINE long scratch_arrays(const struct attention_options *o) {
    return o->recomputes ? 2 + (o->softcap > 0) : 1;
}

/* How logits become weights. */
typedef struct weighing {
    flt scale, cap;
    int anew; /* P is made anew, in scratch memory */
} weighing_t;

INLINE weighing_t weighing_of(const struct attention_options *o) {
    weighing_t w = {1 / flt_sqrt((flt)o->head_size), o->softcap, o->recomputes};
    return w;
}

/* Columns that a row sees, and that a block of rows ending before `end` is computed for. */
INLINE long seen(const struct attention_options *o, long position) {
    return o->causal ? position + 1 : o->length;
}
INLINE long block_columns(const struct attention_options *o, long end) {
    return o->causal ? end : o->length;
}

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

/* The same in scratch memory: of p the values are made, too, and both parts of s are there. */
INLINE void softmax_row_anew(span_t p, span_t s, long n, long width, flt scale, flt largest) {
    long whole = padded(n) < width ? padded(n) : width;
    real sum = 0;
    LANES(j, whole) sum += exp_both(p, j, load(s, j) * scale - largest, j < n);
    real norm = 1 / team_sum(sum);
    LANES(j, whole) store_both(p, j, load(p, j) * norm);
    LANES(j, width - whole) store_both(p, whole + j, 0);
}

/* The largest logit of a row that sees n columns: the forward run for values notes it. */
INLINE flt largest_logit(span_t s, span_t noted, long n, flt scale) {
    IN_VALUES(noted.v[0] = team_max(largest_of(s.v, n)) * scale;)
    IN_TANGENTS((void)s, (void)n, (void)scale;)
    return noted.v[0];
}

/* P of one row, which sees n columns, from its unscaled logits s. */
INLINE void weigh_row(weighing_t w, span_t p, span_t s, flt largest, long n, long width) {
    if (w.cap > 0) {
        flt factor = w.scale / w.cap;
        if (w.anew)
            LANES(j, n) store_both(s, j, real_fine_tanh(load(s, j) * factor));
        else
            LANES(j, n) tanh_in_place(s, j, factor);
        w.scale = w.cap, largest = w.cap * flt_fine_tanh(largest / w.cap);
    }
    if (w.anew)
        softmax_row_anew(p, s, n, width, w.scale, largest);
    else
        softmax_row(p, s, n, width, w.scale, largest);
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
INLINE void weigh_backward_row(weighing_t w, span_t p, span_t t, span_t ds, long n, long width) {
    softmax_backward_row(p, ds, n, width, w.scale);
    if (w.cap > 0) softcap_backward_row(t, ds, n);
}

#ifdef DEVICE
#include "kernel/device/attention.h"
#else
#include "kernel/host/attention.h"
#endif

DESCRIPTION const char *shape(call_t *c) {
    const struct attention_options *o = OPTIONS_OF(c, attention_options);
    if (c->x[0].cols != (o->heads + 2 * o->kv_heads) * o->head_size)
        return "attention: x must be [B T, (heads + 2 kv_heads) head_size]";
    if (o->heads % o->kv_heads) return "attention: kv_heads must divide heads";
    if (c->x[0].rows % o->length) return "attention: rows are not a whole number of samples";
    long rows = c->x[0].rows * o->heads, width = padded(o->length);
    c->y[0].rows = c->x[0].rows;
    c->y[0].cols = o->heads * o->head_size;
    c->y[1].rows = o->recomputes ? 0 : rows;
    c->y[2].rows = rows;
    c->y[3].rows = o->recomputes || !(o->softcap > 0) ? 0 : rows;
    c->y[1].cols = c->y[3].cols = width;
    c->y[2].cols = 1;
    return NULL;
}

/* See host/attention.h. */
DESCRIPTION long scratch(const call_t *c) {
    const struct attention_options *o = OPTIONS_OF(c, attention_options);
    long flipped = o->recomputes ? 2 : 1;
    long rows = o->recomputes ? least(o->length, HOST_ROWS) : o->length;
    return padded(o->length) * (flipped * o->head_size + scratch_arrays(o) * rows);
}

/* See device/attention.h: of all heads at once, and where the matrices of every head are. */
DESCRIPTION long device_scratch(const call_t *c) {
    const struct attention_options *o = OPTIONS_OF(c, attention_options);
    long heads = c->y[2].rows / o->length;
    long rows = o->recomputes ? least(o->length, DEVICE_ROWS) : o->length;
    size_t pointers = 2 * ATTENTION_MATRICES * (size_t)heads * sizeof(flt *);
    return heads * rows * padded(o->length) * scratch_arrays(o) + (long)(pointers / sizeof(flt));
}

DESCRIPTION double flops(const call_t *c) {
    const struct attention_options *o = OPTIONS_OF(c, attention_options);
    return 4.0 * (double)c->x[0].rows * (double)o->length * (double)(o->heads * o->head_size);
}

OPERATOR(attention, forward, backward, .options = OPTIONS_SIZE(attention_options),
         .doc = "multi-head scaled dot-product attention", .inputs = 1, .outputs = 4,
         .shape = shape, .scratch = scratch, .device_scratch = device_scratch, .flops = flops,
         .backward_x = 1, .backward_y = 2 | 4 | 8, .reports = 4)
