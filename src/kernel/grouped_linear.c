/* y = x W_e^T + b_e for the rows of every group e: the experts of a mixture, each on its own rows.
 *
 * x0 [N,in], sorted by group; x1 = W [E out,in], the groups' matrices one below the other; x2 = b
 * [E,out] or absent; x3 = offsets [E+1,1], integers: group e has rows offsets[e] .. offsets[e+1] -
 * 1 (route.h); y [N,out], 0 in rows behind the last group. The groups' sizes are known only when it
 * runs; a group may be empty, and then its gradients are exactly 0. */
#include "kernel/kernel.h"

INLINE groups_t groups_of(const call_t *c) {
    groups_t groups = {integers_of(c->x[3]), c->x[3].rows - 1, c->x[0].rows};
    return groups;
}

/* groups.count: in none */
INLINE long group_of(groups_t groups, long i) {
    long e = 0;
    while (e < groups.count && groups.offsets[e + 1] <= i) e++;
    return e;
}

INLINE void clear_row(span_t y, long cols) { LANES(j, cols) store(y, j, 0); }

ROWS(bias_rows, c, i, c->y[0].rows) {
    long group = group_of(groups_of(c), i);
    if (group == groups_of(c).count) return;
    span_t y = row(c->y[0], i), bias = row(c->x[2], group);
    LANES(j, c->y[0].cols) store(y, j, load_linear(bias, j));
}

/* Rows in no group. */
ROWS(clear_rest, c, i, c->y[0].rows) {
    groups_t groups = groups_of(c);
    if (i >= groups.offsets[groups.count]) clear_row(row(c->y[0], i), c->y[0].cols);
}
ROWS(clear_rest_of_gradient, c, i, c->dx[0].rows) {
    groups_t groups = groups_of(c);
    if (i >= groups.offsets[groups.count]) clear_row(row(c->dx[0], i), c->dx[0].cols);
}

static void forward(const call_t *c) {
    long in = c->x[0].cols, out = c->y[0].cols;
    int has_bias = c->x[2].at.v != NULL;
    if (has_bias) bias_rows(c);
    product_by_rows(TRANSPOSED, groups_of(c), out, in, c->x[0].at, c->x[1].at, has_bias,
                    c->y[0].at);
    clear_rest(c);
}

/* db_e += sum over its rows of dy */
ROWS(bias_gradient, c, e, c->x[2].rows) {
    groups_t groups = groups_of(c);
    span_t db = row(c->dx[2], e);
    for (long i = groups.offsets[e]; i < groups.offsets[e + 1]; i++) {
        span_t dy = row(c->dy, i);
        LANES(j, c->dy.cols) accumulate(db, j, load_linear(dy, j));
    }
}

static void backward(const call_t *c) {
    long in = c->x[0].cols, out = c->y[0].cols;
    if (wanted(c->dx[0])) { /* dX_e = dY_e W_e */
        flt beta = begin_gradient(c, 0);
        product_by_rows(PLAIN, groups_of(c), in, out, c->dy.at, c->x[1].at, beta, c->dx[0].at);
        if (beta == 0) clear_rest_of_gradient(c);
    }
    if (wanted(c->dx[1])) /* dW_e += dY_e^T X_e */
        product_over_rows(groups_of(c), out, in, c->dy.at, c->x[0].at, c->dx[1].at);
    if (wanted(c->dx[2])) bias_gradient(c);
}

DESCRIPTION const char *shape(call_t *c) {
    long groups = c->x[3].rows - 1;
    if (groups < 1 || c->x[1].rows % groups) return "grouped_linear: W must be [E out, in]";
    if (c->x[1].cols != c->x[0].cols) return "grouped_linear: in must be the columns of x";
    long out = c->x[1].rows / groups;
    if (c->x[2].rows && (c->x[2].rows != groups || c->x[2].cols != out))
        return "grouped_linear: b must be [E, out]";
    c->y[0].rows = c->x[0].rows;
    c->y[0].cols = out;
    return NULL;
}

DESCRIPTION double flops(const call_t *c) {
    return 2.0 * (double)c->x[0].rows * (double)c->x[0].cols * (double)c->y[0].cols;
}

OPERATOR(grouped_linear, forward, backward, .doc = "y = x W_e^T + b_e, each group of rows its own",
         .inputs = 4, .outputs = 1, .shape = shape, .parameters = 2 | 4, .takes_integers = 8,
         .flops = flops, .backward_x = 1)
