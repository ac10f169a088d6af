/* attention.h: a device's schedule of attention: all heads at once. Part of attention.c.
 *
 * Products run as one batch over all heads, or over all that may write side by side: query heads of
 * one group share dK and dV, so these take one member of every group after the other. S, P and dS
 * are whole arrays [B H T, W]; or, where P is not kept, [B H DEVICE_ROWS, W]: one block of rows of
 * every sample and head, block after block. A causal block ends with its last visible column. */
#ifndef KERNEL_DEVICE_ATTENTION_H
#define KERNEL_DEVICE_ATTENTION_H

/* The matrices of a head; S: the unscaled logits, in the place of P or, with a soft cap, beside it.
 */
typedef enum { Q, K, V, S, P, Y, DQ, DK, DV, DY, DS, MATRICES } matrix_name_t;
static_assert((int)MATRICES == ATTENTION_MATRICES, "scratch has room for all");

INLINE long head_count(const call_t *c) {
    return c->y[2].rows / OPTIONS_OF(c, attention_options)->length;
}

/* --- the rows at work --- */

INLINE long block_rows(const struct attention_options *o) {
    return o->recomputes ? least(o->length, DEVICE_ROWS) : o->length;
}

/* The call for rows first .. first + block_rows - 1 of every sample, or what is left of them. */
static call_t block_of(const call_t *c, long first) {
    call_t block = *c;
    struct attention_options o = *OPTIONS_OF(c, attention_options);
    o.first = first;
    o.end = least(first + block_rows(&o), o.length);
    block.options = options_from(&o, sizeof o);
    return block;
}

INLINE long rows_at_work(const call_t *c) {
    return OPTIONS_OF(c, attention_options)->end - OPTIONS_OF(c, attention_options)->first;
}
INLINE long columns_at_work(const call_t *c) {
    return block_columns(OPTIONS_OF(c, attention_options), OPTIONS_OF(c, attention_options)->end);
}

/* Arrays of P's width, one behind the other in scratch: dS, then P and S where they are not kept.
 */
INLINE span_t scratch_array(const call_t *c, long number) {
    long rows = head_count(c) * block_rows(OPTIONS_OF(c, attention_options));
    return span_at(c->scratch, number * rows * c->y[1].cols);
}
INLINE span_t ds_of(const call_t *c) { return scratch_array(c, 0); }
INLINE span_t p_of(const call_t *c) {
    return OPTIONS_OF(c, attention_options)->recomputes ? scratch_array(c, 1) : c->y[1].at;
}
INLINE span_t s_of(const call_t *c) {
    const struct attention_options *o = OPTIONS_OF(c, attention_options);
    if (!(o->softcap > 0)) return p_of(c);
    return o->recomputes ? scratch_array(c, 2) : c->y[3].at;
}

/* Row i of those at work, of all heads one after the other. */
typedef struct place {
    long position; /* in its sample            */
    long at;       /* in the arrays of P's width */
    long number;   /* among all B H T          */
} place_t;

INLINE place_t place_of(const call_t *c, long i) {
    const struct attention_options *o = OPTIONS_OF(c, attention_options);
    long rows = rows_at_work(c), head = i / rows, position = o->first + i % rows;
    place_t place = {position, (head * block_rows(o) + i % rows) * c->y[1].cols,
                     head * o->length + position};
    return place;
}

/* --- matrices of all heads --- */

/* Where `name` of every head starts, tangents or values, one after the other; heads are numbered so
 * that those of equal rank in their group are neighbours. */
INLINE flt **heads_of(const call_t *c, int build, int name) {
    long arrays = scratch_arrays(OPTIONS_OF(c, attention_options));
    flt **table = (flt **)scratch_array(c, arrays).v;
    return table + (build * MATRICES + name) * head_count(c);
}

INLINE void set_head(const call_t *c, int name, long number, span_t at) {
    heads_of(c, VALUES, name)[number] = at.v;
    heads_of(c, TANGENTS, name)[number] = at.t;
}

ROWS(find_heads, c, number, head_count(c)) {
    const struct attention_options *o = OPTIONS_OF(c, attention_options);
    long T = o->length, s = o->head_size, group = o->heads / o->kv_heads;
    long shared = number % o->kv_heads, samples = c->x[0].rows / T;
    long sample = number / o->kv_heads % samples, member = number / o->kv_heads / samples;
    long h = shared * group + member, tile = (sample * o->heads + h) * block_rows(o) * c->y[1].cols;
    long q = h * s, k = (o->heads + shared) * s, v = k + o->kv_heads * s;
    long first = sample * T, now = first + o->first, ld = c->x[0].cols, ld_y = c->y[0].cols;
    if (!team_leads()) return;
    set_head(c, Q, number, span_at(c->x[0].at, now * ld + q));
    set_head(c, K, number, span_at(c->x[0].at, first * ld + k));
    set_head(c, V, number, span_at(c->x[0].at, first * ld + v));
    set_head(c, S, number, span_at(s_of(c), tile));
    set_head(c, P, number, span_at(p_of(c), tile));
    set_head(c, Y, number, span_at(c->y[0].at, now * ld_y + q));
    set_head(c, DQ, number, span_at_if(c->dx[0].at, now * ld + q));
    set_head(c, DK, number, span_at_if(c->dx[0].at, first * ld + k));
    set_head(c, DV, number, span_at_if(c->dx[0].at, first * ld + v));
    set_head(c, DY, number, span_at_if(c->dy.at, now * ld_y + q));
    set_head(c, DS, number, span_at(ds_of(c), tile));
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

static void products(const call_t *c, heads_product_t p, flt beta) {
    products_some(c, p, beta, 0, head_count(c));
}

/* Into scratch memory, whose values of the value run are gone. */
static void products_both(const call_t *c, heads_product_t p) {
    IN_TANGENTS(run_heads(c, &p, VALUES, VALUES, VALUES, 0, 0, head_count(c));)
    products(c, p, 0);
}

/* --- passes --- */

/* S = Q K^T */
static void make_logits(const call_t *c) {
    const struct attention_options *o = OPTIONS_OF(c, attention_options);
    heads_product_t scores = {
        PLAIN, TRANSPOSED, rows_at_work(c), columns_at_work(c), o->head_size, Q, K, S};
    if (o->recomputes)
        products_both(c, scores);
    else
        products(c, scores, 0);
}

ROWS(weigh, c, i, head_count(c) * rows_at_work(c)) {
    const struct attention_options *o = OPTIONS_OF(c, attention_options);
    place_t here = place_of(c, i);
    weighing_t how = weighing_of(o);
    span_t s = span_at(s_of(c), here.at), noted = span_at(c->y[2].at, here.number);
    long n = seen(o, here.position);
    flt largest = largest_logit(s, noted, n, how.scale);
    weigh_row(how, span_at(p_of(c), here.at), s, largest, n, padded(columns_at_work(c)));
}

/* P again, as the forward pass had it. */
ROWS(weigh_again, c, i, head_count(c) * rows_at_work(c)) {
    const struct attention_options *o = OPTIONS_OF(c, attention_options);
    place_t here = place_of(c, i);
    weigh_row(weighing_of(o), span_at(p_of(c), here.at), span_at(s_of(c), here.at),
              c->y[2].at.v[here.number], seen(o, here.position), padded(columns_at_work(c)));
}

static void forward(const call_t *call) {
    for (call_t c = block_of(call, 0); rows_at_work(&c) > 0;
         c = block_of(call, OPTIONS_OF(&c, attention_options)->end)) {
        heads_product_t mix = {PLAIN,
                               PLAIN,
                               rows_at_work(&c),
                               OPTIONS_OF(&c, attention_options)->head_size,
                               columns_at_work(&c),
                               P,
                               V,
                               Y}; /* Y = P V */
        find_heads(&c);
        make_logits(&c);
        weigh(&c);
        products(&c, mix, 0);
    }
}

ROWS(weigh_backward, c, i, head_count(c) * rows_at_work(c)) {
    const struct attention_options *o = OPTIONS_OF(c, attention_options);
    long at = place_of(c, i).at;
    weigh_backward_row(weighing_of(o), span_at(p_of(c), at), span_at(s_of(c), at),
                       span_at(ds_of(c), at), seen(o, place_of(c, i).position), columns_at_work(c));
}

/* dK = dS^T Q and dV = P^T dY: the members of a group one after the other. */
static void backward_keys(const call_t *c, flt beta) {
    const struct attention_options *o = OPTIONS_OF(c, attention_options);
    long n = rows_at_work(c), cols = columns_at_work(c), s = o->head_size;
    long members = o->heads / o->kv_heads, each = head_count(c) / members;
    heads_product_t dk = {TRANSPOSED, PLAIN, cols, s, n, DS, Q, DK};
    heads_product_t dv = {TRANSPOSED, PLAIN, cols, s, n, P, DY, DV};
    for (long member = 0; member < members; member++) {
        products_some(c, dk, member ? 1 : beta, member * each, each);
        products_some(c, dv, member ? 1 : beta, member * each, each);
    }
}

/* `beta_keys`: whether dK and dV have begun. */
static void backward_block(const call_t *c, flt beta, flt beta_keys) {
    long n = rows_at_work(c), cols = columns_at_work(c),
         s = OPTIONS_OF(c, attention_options)->head_size;
    heads_product_t dp = {PLAIN, TRANSPOSED, n, cols, s, DY, V, DS}; /* dP = dY V^T */
    heads_product_t dq = {PLAIN, PLAIN, n, s, cols, DS, K, DQ};      /* dQ = dS K   */
    find_heads(c);
    if (OPTIONS_OF(c, attention_options)->recomputes) {
        make_logits(c);
        weigh_again(c);
    }
    products_both(c, dp);
    weigh_backward(c);
    products(c, dq, beta);
    backward_keys(c, beta_keys);
}

/* The last block first: it alone sees all columns, so it begins dK and dV, the others add. */
static void backward(const call_t *call) {
    const struct attention_options *o = OPTIONS_OF(call, attention_options);
    flt beta = begin_gradient(call, 0);
    long rows = block_rows(o), last = (o->length - 1) / rows * rows;
    for (long first = last; first >= 0; first -= rows) {
        call_t c = block_of(call, first);
        backward_block(&c, beta, first == last ? beta : 1);
    }
}

#endif
