/* Multi-head scaled dot-product attention (Vaswani et al. 2017), optionally causal, optionally with
 * fewer key/value heads than query heads (grouped-query attention, Ainslie et al. 2023).
 *
 * x0 [B T, (H + 2 K) s] = query heads, then key heads, then value heads, each s = head_size wide;
 * y0 [B T, H s]; y1 [B H T, W] = the attention weights P, W = T rounded up, columns beyond the last
 * visible one 0. Per head: S = Q K^T / sqrt(s), P = softmax(S), Y = P V. With a soft cap c (Gemma
 * 2, arXiv 2408.00118) P = softmax(c tanh(S / c)), and y3 [B H T, W] = tanh(S / c). y2 [B H T, 1] =
 * the largest S of each row, before any cap: reported to the host.
 *
 * Rows are worked in blocks, and a causal block reads no column behind its end. K^T (and V^T in the
 * backward pass) is laid out in scratch: products with short rows are faster untransposed. The
 * backward pass keeps no array of P's size: dP and dS live in scratch, in tangents too, where they
 * are recomputed per head rather than read back. */
#include "kernel/kernel.h"

enum { BLOCK = 32, LANE = 16 };

static inline long padded(long n) { return (n + LANE - 1) / LANE * LANE; }

typedef struct head {
    const struct attention_options *o;
    long ld_qkv, ld_y, ld_p;
    span_t q, k, v, p, y;  /* of this head: first row of its sample     */
    span_t dq, dk, dv, dy; /* the same in the gradients                 */
    span_t largest, t;     /* reported; tanh(S / c) when capped         */
    span_t flipped, ds;    /* scratch: [s,T] and [T,W]                  */
    int is_first_of_group; /* the first query head that uses its k and v */
    flt scale, cap;
} head_t;

static head_t head_of(const call_t *c, long sample, long h) {
    const struct attention_options *o = c->options;
    long T = o->length, s = o->head_size, group = o->heads / o->kv_heads;
    long q = h * s, k = (o->heads + h / group) * s, v = k + o->kv_heads * s;
    head_t a = {.o = o, .ld_qkv = c->x[0].cols, .ld_y = c->y[0].cols, .ld_p = c->y[1].cols};
    span_t x = span_at(c->x[0].at, sample * T * a.ld_qkv);
    a.q = span_at(x, q), a.k = span_at(x, k), a.v = span_at(x, v);
    a.p = span_at(c->y[1].at, (sample * o->heads + h) * T * a.ld_p);
    a.largest = span_at(c->y[2].at, (sample * o->heads + h) * T);
    a.t = span_at(c->y[3].at, (sample * o->heads + h) * T * a.ld_p);
    a.y = span_at(c->y[0].at, sample * T * a.ld_y + q);
    if (c->dx[0].at.v) {
        span_t dx = span_at(c->dx[0].at, sample * T * a.ld_qkv);
        a.dq = span_at(dx, q), a.dk = span_at(dx, k), a.dv = span_at(dx, v);
        a.dy = span_at(c->dy.at, sample * T * a.ld_y + q);
    }
    a.flipped = c->scratch;
    a.ds = span_at(c->scratch, padded(T) * s);
    a.is_first_of_group = h % group == 0;
    a.scale = 1 / flt_sqrt((flt)s);
    a.cap = o->softcap;
    return a;
}

/* Columns row i sees, and columns a block of rows ending before `end` is computed for. */
static inline long seen(const head_t *a, long i) { return a->o->causal ? i + 1 : a->o->length; }
static inline long block_columns(const head_t *a, long end) {
    return a->o->causal ? end : a->o->length;
}

/* p = softmax(scale s) over the first `n` of `width` columns, the rest 0; s may be p. `largest` =
 * the largest scale s, a constant of the softmax: in tangents it cancels. */
static inline void softmax_row(span_t p, span_t s, long n, long width, flt scale, flt largest) {
    long whole = padded(n) < width ? padded(n) : width; /* no scalar tail calls exp */
    real sum = 0;
    LANES(j, whole) sum += exp_first(p, j, load(s, j) * scale - largest, j < n);
    real norm = 1 / team_sum(sum);
    LANES(j, whole) store(p, j, exp_again(p, j, load(s, j) * scale, j < n) * norm);
    for (long j = whole; j < width; j++) store(p, j, 0);
}

/* Where the products leave the unscaled logits. */
static inline span_t logits(const head_t *a, long row) {
    return span_at(a->cap > 0 ? a->t : a->p, row * a->ld_p);
}

/* P of row i from its logits. */
static inline void weigh_row(const head_t *a, long i, long width) {
    span_t p = span_at(a->p, i * a->ld_p), s = logits(a, i);
    long n = seen(a, i);
    flt largest = 0, cap = a->cap;
    IN_VALUES(largest = team_max(largest_of(s.v, n)) * a->scale; a->largest.v[i] = largest;)
    if (!(cap > 0)) {
        softmax_row(p, s, n, width, a->scale, largest);
        return;
    }
    LANES(j, n) tanh_in_place(s, j, a->scale / cap);
    softmax_row(p, s, n, width, cap, cap * flt_fine_tanh(largest / cap));
}

static void forward_head(const head_t *a) {
    long T = a->o->length, s = a->o->head_size, ld_t = padded(T);
    transpose_both(T, s, a->k, a->ld_qkv, a->flipped, ld_t);
    for (long r = 0; r < T; r += BLOCK) {
        long end = r + BLOCK < T ? r + BLOCK : T, n = end - r, cols = block_columns(a, end);
        product(PLAIN, PLAIN, n, cols, s, span_at(a->q, r * a->ld_qkv), a->ld_qkv, a->flipped, ld_t,
                0, logits(a, r), a->ld_p); /* S = Q K^T */
        for (long i = r; i < end; i++) weigh_row(a, i, padded(cols));
        product(PLAIN, PLAIN, n, s, cols, span_at(a->p, r * a->ld_p), a->ld_p, a->v, a->ld_qkv, 0,
                span_at(a->y, r * a->ld_y), a->ld_y); /* Y = P V */
    }
}

static void forward(const call_t *c) {
    const struct attention_options *o = c->options;
    for (long b = 0; b < c->x[0].rows / o->length; b++)
        for (long h = 0; h < o->heads; h++) {
            head_t a = head_of(c, b, h);
            forward_head(&a);
        }
}

/* ds = scale p (dp - sum p dp) in place of dp, over `n` of `width` columns; the rest 0. */
static inline void softmax_backward_row(span_t p, span_t ds, long n, long width, flt scale) {
    real dot = 0;
    LANES(j, n) dot += load(p, j) * load(ds, j);
    dot = team_sum(dot);
    LANES(j, n) store_both(ds, j, load(p, j) * (load(ds, j) - dot) * scale);
    for (long j = n; j < width; j++) store_both(ds, j, 0);
}

/* d tanh(S / c): ds <- (1 - t^2) ds */
static inline void softcap_backward_row(span_t t, span_t ds, long n) {
    LANES(j, n) {
        real x = load(t, j);
        store_both(ds, j, load(ds, j) * (1 - x * x));
    }
}

/* dS of the whole head, in scratch, and dQ = dS K */
static void backward_scores(const head_t *a, flt beta) {
    long T = a->o->length, s = a->o->head_size, ld_t = padded(T);
    transpose_both(T, s, a->v, a->ld_qkv, a->flipped, ld_t);
    for (long r = 0; r < T; r += BLOCK) {
        long end = r + BLOCK < T ? r + BLOCK : T, n = end - r, cols = block_columns(a, end);
        span_t ds = span_at(a->ds, r * a->ld_p);
        product_both(PLAIN, PLAIN, n, cols, s, span_at(a->dy, r * a->ld_y), a->ld_y, a->flipped,
                     ld_t, 0, ds, a->ld_p); /* dP = dY V^T */
        for (long i = r; i < end; i++) {
            span_t ds_row = span_at(a->ds, i * a->ld_p);
            softmax_backward_row(span_at(a->p, i * a->ld_p), ds_row, seen(a, i), cols, a->scale);
            if (a->cap > 0) softcap_backward_row(logits(a, i), ds_row, seen(a, i));
        }
        product(PLAIN, PLAIN, n, s, cols, ds, a->ld_p, a->k, a->ld_qkv, beta,
                span_at(a->dq, r * a->ld_qkv), a->ld_qkv);
    }
}

/* dV = P^T dY and dK = dS^T Q, by blocks of columns: a causal block is seen from its first row on.
 */
static void backward_keys(const head_t *a, flt beta) {
    long T = a->o->length, s = a->o->head_size;
    for (long r = 0; r < T; r += BLOCK) {
        long n = r + BLOCK < T ? BLOCK : T - r, from = a->o->causal ? r : 0, rows = T - from;
        span_t p = span_at(a->p, from * a->ld_p + r), ds = span_at(a->ds, from * a->ld_p + r);
        product(TRANSPOSED, PLAIN, n, s, rows, p, a->ld_p, span_at(a->dy, from * a->ld_y), a->ld_y,
                beta, span_at(a->dv, r * a->ld_qkv), a->ld_qkv);
        product(TRANSPOSED, PLAIN, n, s, rows, ds, a->ld_p, span_at(a->q, from * a->ld_qkv),
                a->ld_qkv, beta, span_at(a->dk, r * a->ld_qkv), a->ld_qkv);
    }
}

static void backward(const call_t *c) {
    const struct attention_options *o = c->options;
    flt beta = begin_gradient(c, 0);
    for (long b = 0; b < c->x[0].rows / o->length; b++)
        for (long h = 0; h < o->heads; h++) {
            head_t a = head_of(c, b, h);
            backward_scores(&a, beta);
            backward_keys(&a, a.is_first_of_group ? beta : 1);
        }
}

DESCRIPTION const char *shape(call_t *c) {
    const struct attention_options *o = c->options;
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
    const struct attention_options *o = c->options;
    return padded(o->length) * (o->head_size + o->length);
}

DESCRIPTION double flops(const call_t *c) {
    const struct attention_options *o = c->options;
    return 4.0 * (double)c->x[0].rows * (double)o->length * (double)(o->heads * o->head_size);
}

OPERATOR(attention, forward, backward, .doc = "multi-head scaled dot-product attention",
         .inputs = 1, .outputs = 4, .shape = shape, .scratch = scratch, .flops = flops,
         .backward_x = 1, .backward_y = 2 | 8, .reports = 4)
