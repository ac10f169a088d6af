/* attention.h: the host's schedule of attention: head by head. Part of attention.c.
 *
 * Rows are worked in blocks, and a causal block reads no column behind its end. K^T (and V^T in the
 * backward pass) is laid out in scratch: products with short rows are faster untransposed. The
 * backward pass keeps no array of P's size: dP and dS live in scratch, in tangents too, where they
 * are recomputed per head rather than read back. */
#ifndef KERNEL_HOST_ATTENTION_H
#define KERNEL_HOST_ATTENTION_H

enum { BLOCK = 32 };

static inline void transpose_both(long rows, long cols, span_t in, long ld_in, span_t out,
                                  long ld_out) {
    transpose(rows, cols, in.v, ld_in, out.v, ld_out);
    IN_TANGENTS(transpose(rows, cols, in.t, ld_in, out.t, ld_out);)
}

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
    const struct attention_options *o = &c->options.attention;
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

/* Where the products leave the unscaled logits. */
static inline span_t logits(const head_t *a, long row) {
    return span_at(a->cap > 0 ? a->t : a->p, row * a->ld_p);
}

static void forward_head(const head_t *a) {
    long T = a->o->length, s = a->o->head_size, ld_t = padded(T);
    transpose_both(T, s, a->k, a->ld_qkv, a->flipped, ld_t);
    for (long r = 0; r < T; r += BLOCK) {
        long end = r + BLOCK < T ? r + BLOCK : T, n = end - r, cols = block_columns(a, end);
        product(PLAIN, PLAIN, n, cols, s, span_at(a->q, r * a->ld_qkv), a->ld_qkv, a->flipped, ld_t,
                0, logits(a, r), a->ld_p); /* S = Q K^T */
        for (long i = r; i < end; i++)
            weigh_row(span_at(a->p, i * a->ld_p), logits(a, i), span_at(a->largest, i), seen(a, i),
                      padded(cols), a->scale, a->cap);
        product(PLAIN, PLAIN, n, s, cols, span_at(a->p, r * a->ld_p), a->ld_p, a->v, a->ld_qkv, 0,
                span_at(a->y, r * a->ld_y), a->ld_y); /* Y = P V */
    }
}

static void forward(const call_t *c) {
    const struct attention_options *o = &c->options.attention;
    for (long b = 0; b < c->x[0].rows / o->length; b++)
        for (long h = 0; h < o->heads; h++) {
            head_t a = head_of(c, b, h);
            forward_head(&a);
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
            weigh_backward_row(span_at(a->p, i * a->ld_p), logits(a, i), ds_row, seen(a, i), cols,
                               a->scale, a->cap);
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
    const struct attention_options *o = &c->options.attention;
    flt beta = begin_gradient(c, 0);
    for (long b = 0; b < c->x[0].rows / o->length; b++)
        for (long h = 0; h < o->heads; h++) {
            head_t a = head_of(c, b, h);
            backward_scores(&a, beta);
            backward_keys(&a, a.is_first_of_group ? beta : 1);
        }
}

#endif
