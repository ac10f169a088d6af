/* attention.h: a device's schedule of attention: all heads at once. Part of attention.c.
 *
 * Products run as one batch over all heads, or over all that may write side by side: query heads of
 * one group share dK and dV, so these take one member of every group after the other. S, P and dS
 * are whole arrays [B H T, W]. */
#ifndef KERNEL_DEVICE_ATTENTION_H
#define KERNEL_DEVICE_ATTENTION_H

/* The matrices of a head; S: the unscaled logits, in the place of P or, with a soft cap, of y3. */
typedef enum { Q, K, V, S, P, Y, DQ, DK, DV, DY, DS, MATRICES } matrix_name_t;
static_assert((int)MATRICES == ATTENTION_MATRICES, "scratch has room for all");

/* Where `name` of every head starts, tangents or values, one after the other; heads are numbered so
 * that those of equal rank in their group are neighbours. */
INLINE flt **heads_of(const call_t *c, int build, int name) {
    long heads = c->y[1].rows / c->options.attention.length;
    flt **table = (flt **)(c->scratch.v + c->y[1].rows * c->y[1].cols);
    return table + (build * MATRICES + name) * heads;
}

INLINE void set_head(const call_t *c, int name, long number, span_t at) {
    heads_of(c, VALUES, name)[number] = at.v;
    heads_of(c, TANGENTS, name)[number] = at.t;
}

INLINE matrix_t logits_of(const call_t *c) {
    return c->options.attention.softcap > 0 ? c->y[3] : c->y[1];
}

ROWS(find_heads, c, number, c->y[1].rows / c->options.attention.length) {
    const struct attention_options *o = &c->options.attention;
    long T = o->length, s = o->head_size, group = o->heads / o->kv_heads;
    long shared = number % o->kv_heads, samples = c->x[0].rows / T;
    long sample = number / o->kv_heads % samples, member = number / o->kv_heads / samples;
    long h = shared * group + member, all = sample * o->heads + h;
    long q = h * s, k = (o->heads + shared) * s, v = k + o->kv_heads * s;
    if (!team_leads()) return;
    span_t x = row(c->x[0], sample * T), dx = span_at_if(c->dx[0].at, sample * T * c->x[0].cols);
    set_head(c, Q, number, span_at(x, q));
    set_head(c, K, number, span_at(x, k));
    set_head(c, V, number, span_at(x, v));
    set_head(c, S, number, row(logits_of(c), all * T));
    set_head(c, P, number, row(c->y[1], all * T));
    set_head(c, Y, number, span_at(row(c->y[0], sample * T), q));
    set_head(c, DQ, number, span_at_if(dx, q));
    set_head(c, DK, number, span_at_if(dx, k));
    set_head(c, DV, number, span_at_if(dx, v));
    set_head(c, DY, number, span_at_if(c->dy.at, sample * T * c->y[0].cols + q));
    set_head(c, DS, number, span_at(c->scratch, all * T * c->y[1].cols));
}

static long leading_dimension(const call_t *c, int name) {
    if (name == S || name == P || name == DS) return c->y[1].cols;
    return name == Y || name == DY ? c->y[0].cols : c->x[0].cols;
}

/* One product of every head from `first` on: c = op(a) op(b) + beta c, parts by VALUES, TANGENTS.
 */
typedef struct heads_product {
    gemm_side_t side_a, side_b;
    long m, n, k;
    int a, b, c;
} heads_product_t;

static void run_heads(const call_t *c, const heads_product_t *p, int a_build, int b_build,
                      int c_build, flt beta, long first, long count) {
    PLACED(gemm_batch)
    (p->side_a, p->side_b, p->m, p->n, p->k, heads_of(c, a_build, p->a) + first,
     leading_dimension(c, p->a), heads_of(c, b_build, p->b) + first, leading_dimension(c, p->b),
     beta, heads_of(c, c_build, p->c) + first, leading_dimension(c, p->c), count);
}

static void products_some(const call_t *c, heads_product_t p, flt beta, long first, long count) {
    IN_VALUES(run_heads(c, &p, VALUES, VALUES, VALUES, beta, first, count);)
    IN_TANGENTS(run_heads(c, &p, TANGENTS, VALUES, TANGENTS, beta, first, count);
                run_heads(c, &p, VALUES, TANGENTS, TANGENTS, 1, first, count);)
}

static long head_count(const call_t *c) { return c->y[1].rows / c->options.attention.length; }

static void products(const call_t *c, heads_product_t p, flt beta) {
    products_some(c, p, beta, 0, head_count(c));
}

INLINE long visible(const struct attention_options *o, long i) {
    return o->causal ? i % o->length + 1 : o->length;
}

ROWS(weigh, c, i, c->y[1].rows) {
    const struct attention_options *o = &c->options.attention;
    weigh_row(row(c->y[1], i), row(logits_of(c), i), span_at(c->y[2].at, i), visible(o, i),
              c->y[1].cols, 1 / flt_sqrt((flt)o->head_size), o->softcap);
}

static void forward(const call_t *c) {
    long T = c->options.attention.length, s = c->options.attention.head_size;
    heads_product_t scores = {PLAIN, TRANSPOSED, T, T, s, Q, K, S}; /* S = Q K^T */
    heads_product_t mix = {PLAIN, PLAIN, T, s, T, P, V, Y};         /* Y = P V   */
    find_heads(c);
    products(c, scores, 0);
    weigh(c);
    products(c, mix, 0);
}

ROWS(weigh_backward, c, i, c->y[1].rows) {
    const struct attention_options *o = &c->options.attention;
    weigh_backward_row(row(c->y[1], i), row(logits_of(c), i), span_at(c->scratch, i * c->y[1].cols),
                       visible(o, i), c->y[1].cols, 1 / flt_sqrt((flt)o->head_size), o->softcap);
}

static void backward(const call_t *c) {
    const struct attention_options *o = &c->options.attention;
    long T = o->length, s = o->head_size, members = o->heads / o->kv_heads;
    long each = head_count(c) / members;
    heads_product_t dp = {PLAIN, TRANSPOSED, T, T, s, DY, V, DS}; /* dP = dY V^T */
    heads_product_t dq = {PLAIN, PLAIN, T, s, T, DS, K, DQ};      /* dQ = dS K   */
    heads_product_t dk = {TRANSPOSED, PLAIN, T, s, T, DS, Q, DK}; /* dK = dS^T Q */
    heads_product_t dv = {TRANSPOSED, PLAIN, T, s, T, P, DY, DV}; /* dV = P^T dY */
    flt beta = begin_gradient(c, 0);
    find_heads(c);
    IN_TANGENTS(run_heads(c, &dp, VALUES, VALUES, VALUES, 0, 0, head_count(c));)
    products(c, dp, 0);
    weigh_backward(c);
    products(c, dq, beta);
    for (long member = 0; member < members; member++) {
        products_some(c, dk, member ? 1 : beta, member * each, each);
        products_some(c, dv, member ? 1 : beta, member * each, each);
    }
}

#endif
