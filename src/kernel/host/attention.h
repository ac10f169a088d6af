/* attention.h: the host's schedule of attention: head by head. Part of attention.c.
 *
 * Rows are worked in blocks, and a causal block reads no column behind its end. K^T (and V^T in the
 * backward pass) is laid out in scratch: products with short rows are faster untransposed. The
 * backward pass keeps no array of P's size: dP and dS live in scratch, in tangents too, where they
 * are recomputed per head rather than read back.
 *
 * Where P is kept, dS of a whole head is, and dK, dV are made by blocks of columns, one product
 * each. Where it is not, a block of rows is all there is: it adds its share to dK and dV. */
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
    weighing_t how;
    long ld_qkv, ld_y, ld_p, ld_t;
    span_t q, k, v, y;           /* of this head: first row of its sample */
    span_t dq, dk, dv, dy;       /* the same in the gradients             */
    span_t largest;              /* reported                              */
    span_t p, t;                 /* kept; t = tanh(S / c) when capped     */
    span_t flipped_k, flipped_v; /* scratch: [s, padded(T)]; one place where P is kept */
    span_t block_p, block_t, ds; /* scratch: [HOST_ROWS, W]; ds [T, W] where P is kept */
    int is_first_of_group;       /* the first query head that uses its k and v */
} head_t;

static void find_scratch(head_t *a, span_t scratch) {
    long flipped = a->ld_t * a->o->head_size, block = least(a->o->length, HOST_ROWS) * a->ld_p;
    a->flipped_k = a->flipped_v = scratch;
    a->ds = span_at(scratch, flipped);
    if (!a->how.anew) return;
    a->flipped_v = a->ds;
    a->ds = span_at(a->flipped_v, flipped);
    a->block_p = a->block_t = span_at(a->ds, block);
    if (a->how.cap > 0) a->block_t = span_at(a->block_p, block);
}

static head_t head_of(const call_t *c, long sample, long h) {
    const struct attention_options *o = OPTIONS_OF(c, attention_options);
    long T = o->length, s = o->head_size, group = o->heads / o->kv_heads;
    long q = h * s, k = (o->heads + h / group) * s, v = k + o->kv_heads * s;
    long first = (sample * o->heads + h) * T;
    head_t a = {.o = o, .ld_qkv = c->x[0].cols, .ld_y = c->y[0].cols, .ld_p = c->y[1].cols};
    span_t x = span_at(c->x[0].at, sample * T * a.ld_qkv);
    a.how = weighing_of(o);
    a.ld_t = padded(T);
    a.q = span_at(x, q), a.k = span_at(x, k), a.v = span_at(x, v);
    a.p = span_at(c->y[1].at, first * a.ld_p);
    a.t = span_at(c->y[3].at, first * a.ld_p);
    a.largest = span_at(c->y[2].at, first);
    a.y = span_at(c->y[0].at, sample * T * a.ld_y + q);
    if (c->dx[0].at.v) {
        span_t dx = span_at(c->dx[0].at, sample * T * a.ld_qkv);
        a.dq = span_at(dx, q), a.dk = span_at(dx, k), a.dv = span_at(dx, v);
        a.dy = span_at(c->dy.at, sample * T * a.ld_y + q);
    }
    find_scratch(&a, c->scratch);
    a.is_first_of_group = h % group == 0;
    return a;
}

/* Rows first .. end - 1 of a sample, the columns they are computed for, and where their P, logits
 * (before they become P or tanh(S / c)) and dS begin. */
typedef struct block {
    long first, end, rows, cols;
    span_t p, s, ds;
} block_t;

static block_t block_of(const head_t *a, long first) {
    long end = least(first + (a->how.anew ? HOST_ROWS : BLOCK), a->o->length);
    block_t b = {first, end, end - first, block_columns(a->o, end), a->block_p, a->block_t, a->ds};
    if (a->how.anew) return b;
    b.p = span_at(a->p, first * a->ld_p);
    b.s = a->how.cap > 0 ? span_at(a->t, first * a->ld_p) : b.p;
    b.ds = span_at(a->ds, first * a->ld_p);
    return b;
}

/* S = Q K^T; in scratch memory the values, too. */
static void make_logits(const head_t *a, const block_t *b) {
    span_t q = span_at(a->q, b->first * a->ld_qkv);
    if (a->how.anew)
        product_both(PLAIN, PLAIN, b->rows, b->cols, a->o->head_size, q, a->ld_qkv, a->flipped_k,
                     a->ld_t, 0, b->s, a->ld_p);
    else
        product(PLAIN, PLAIN, b->rows, b->cols, a->o->head_size, q, a->ld_qkv, a->flipped_k,
                a->ld_t, 0, b->s, a->ld_p);
}

static void forward_block(const head_t *a, const block_t *b) {
    make_logits(a, b);
    for (long i = b->first; i < b->end; i++) {
        long at = (i - b->first) * a->ld_p, n = seen(a->o, i);
        span_t s = span_at(b->s, at);
        flt largest = largest_logit(s, span_at(a->largest, i), n, a->how.scale);
        weigh_row(a->how, span_at(b->p, at), s, largest, n, padded(b->cols));
    }
    product(PLAIN, PLAIN, b->rows, a->o->head_size, b->cols, b->p, a->ld_p, a->v, a->ld_qkv, 0,
            span_at(a->y, b->first * a->ld_y), a->ld_y); /* Y = P V */
}

static void forward(const call_t *c) {
    const struct attention_options *o = OPTIONS_OF(c, attention_options);
    for (long sample = 0; sample < c->x[0].rows / o->length; sample++)
        for (long h = 0; h < o->heads; h++) {
            head_t a = head_of(c, sample, h);
            transpose_both(o->length, o->head_size, a.k, a.ld_qkv, a.flipped_k, a.ld_t);
            for (block_t b = block_of(&a, 0); b.rows > 0; b = block_of(&a, b.end))
                forward_block(&a, &b);
        }
}

/* P again, as the forward pass had it. */
static void make_weights(const head_t *a, const block_t *b) {
    make_logits(a, b);
    for (long i = b->first; i < b->end; i++) {
        long at = (i - b->first) * a->ld_p;
        weigh_row(a->how, span_at(b->p, at), span_at(b->s, at), a->largest.v[i], seen(a->o, i),
                  padded(b->cols));
    }
}

/* dS, in scratch, and dQ = dS K */
static void backward_scores(const head_t *a, const block_t *b, flt beta) {
    long s = a->o->head_size;
    product_both(PLAIN, PLAIN, b->rows, b->cols, s, span_at(a->dy, b->first * a->ld_y), a->ld_y,
                 a->flipped_v, a->ld_t, 0, b->ds, a->ld_p); /* dP = dY V^T */
    for (long i = b->first; i < b->end; i++) {
        long at = (i - b->first) * a->ld_p;
        weigh_backward_row(a->how, span_at(b->p, at), span_at(b->s, at), span_at(b->ds, at),
                           seen(a->o, i), b->cols);
    }
    product(PLAIN, PLAIN, b->rows, s, b->cols, b->ds, a->ld_p, a->k, a->ld_qkv, beta,
            span_at(a->dq, b->first * a->ld_qkv), a->ld_qkv);
}

/* dV = P^T dY and dK = dS^T Q for `count` columns from `column` on, of the rows from `from` on
 * whose P and dS begin at p and ds. */
static void backward_keys(const head_t *a, long column, long count, long from, long rows, span_t p,
                          span_t ds, flt beta) {
    long s = a->o->head_size, to = column * a->ld_qkv;
    product(TRANSPOSED, PLAIN, count, s, rows, span_at(p, column), a->ld_p,
            span_at(a->dy, from * a->ld_y), a->ld_y, beta, span_at(a->dv, to), a->ld_qkv);
    product(TRANSPOSED, PLAIN, count, s, rows, span_at(ds, column), a->ld_p,
            span_at(a->q, from * a->ld_qkv), a->ld_qkv, beta, span_at(a->dk, to), a->ld_qkv);
}

/* A causal block of columns is seen from its first row on. */
static void backward_kept(const head_t *a, flt beta, flt beta_keys) {
    long T = a->o->length;
    for (block_t b = block_of(a, 0); b.rows > 0; b = block_of(a, b.end))
        backward_scores(a, &b, beta);
    for (long r = 0; r < T; r += BLOCK) {
        long from = a->o->causal ? r : 0;
        backward_keys(a, r, least(BLOCK, T - r), from, T - from, span_at(a->p, from * a->ld_p),
                      span_at(a->ds, from * a->ld_p), beta_keys);
    }
}

/* The last block first: it alone sees all columns, so it begins dK and dV, the others add. */
static void backward_anew(const head_t *a, flt beta, flt beta_keys) {
    long T = a->o->length;
    transpose_both(T, a->o->head_size, a->k, a->ld_qkv, a->flipped_k, a->ld_t);
    for (long r = (T - 1) / HOST_ROWS * HOST_ROWS; r >= 0; r -= HOST_ROWS) {
        block_t b = block_of(a, r);
        make_weights(a, &b);
        backward_scores(a, &b, beta);
        backward_keys(a, 0, b.cols, r, b.rows, b.p, b.ds, b.end == T ? beta_keys : 1);
    }
}

static void backward(const call_t *c) {
    const struct attention_options *o = OPTIONS_OF(c, attention_options);
    flt beta = begin_gradient(c, 0);
    for (long sample = 0; sample < c->x[0].rows / o->length; sample++)
        for (long h = 0; h < o->heads; h++) {
            head_t a = head_of(c, sample, h);
            flt beta_keys = a.is_first_of_group ? beta : 1;
            transpose_both(o->length, o->head_size, a.v, a.ld_qkv, a.flipped_v, a.ld_t);
            if (o->recomputes)
                backward_anew(&a, beta, beta_keys);
            else
                backward_kept(&a, beta, beta_keys);
        }
}

#endif
