/* y = x W^T + b: x [n,in], W [out,in], b [1,out] or absent, y [n,out].
 *
 * The bias is laid into y first and the product added to it: the library would otherwise clear y in
 * the same pass, so the bias costs nothing. */
#include "kernel/kernel.h"

ROWS(bias_rows, c, i, c->y[0].rows) {
    span_t y = row(c->y[0], i), bias = c->x[2].at;
    LANES(j, c->y[0].cols) store(y, j, load_linear(bias, j));
}

static void forward(const call_t *c) {
    long n = c->x[0].rows, in = c->x[0].cols, out = c->y[0].cols;
    int has_bias = c->x[2].at.v != NULL;
    if (has_bias) bias_rows(c);
    product(PLAIN, TRANSPOSED, n, out, in, c->x[0].at, in, c->x[1].at, in, has_bias, c->y[0].at,
            out);
}

/* db += sum over rows of dy */
#ifdef DEVICE
/* Some rows at once: their numbers are fetched side by side and added to the share together. Row by
 * row every fetch would wait for the store before it. */
enum { AT_ONCE = 16 };
ROWS(bias_gradient, c, block, (c->dy.rows + AT_ONCE - 1) / AT_ONCE) {
    long first = block * AT_ONCE, left = c->dy.rows - first, cols = c->dy.cols;
    span_t dy = row(c->dy, first), db = team_share(c->dx[2]);
    LANES(j, cols) {
        real sum = 0;
        for (long k = 0; k < AT_ONCE; k++)
            if (k < left) sum += load_linear(dy, k * cols + j);
        accumulate(db, j, sum);
    }
}
#else
ROWS(bias_gradient, c, i, c->dy.rows) {
    span_t dy = row(c->dy, i), db = team_share(c->dx[2]);
    LANES(j, c->dy.cols) accumulate(db, j, load_linear(dy, j));
}
#endif

static void backward(const call_t *c) {
    long n = c->x[0].rows, in = c->x[0].cols, out = c->y[0].cols;
    span_t x = c->x[0].at, w = c->x[1].at, dy = c->dy.at;
    if (wanted(c->dx[0])) { /* dX = dY W */
        flt beta = begin_gradient(c, 0);
        product(PLAIN, PLAIN, n, in, out, dy, out, w, in, beta, c->dx[0].at, in);
    }
    if (wanted(c->dx[1])) /* dW += dY^T X */
        product(TRANSPOSED, PLAIN, out, in, n, dy, out, x, in, 1, c->dx[1].at, in);
    if (wanted(c->dx[2])) bias_gradient(c);
}

DESCRIPTION const char *shape(call_t *c) {
    if (c->x[1].cols != c->x[0].cols) return "linear: W must be [out, in] with in = columns of x";
    if (c->x[2].rows && c->x[2].cols != c->x[1].rows) return "linear: b must be [1, out]";
    c->y[0].rows = c->x[0].rows;
    c->y[0].cols = c->x[1].rows;
    return NULL;
}

DESCRIPTION double flops(const call_t *c) {
    return 2.0 * (double)c->x[0].rows * (double)c->x[0].cols * (double)c->x[1].rows;
}

OPERATOR(linear, forward, backward, .doc = "y = x W^T + b", .inputs = 3, .outputs = 1,
         .shape = shape, .parameters = 2 | 4, .flops = flops, .backward_x = 1, .sums = 4)
