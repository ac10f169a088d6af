/* y[t,c] = b[c] + sum over taps j of w[c,j] x[t - W + 1 + j, c] within a sample: every channel by
 * itself, the last tap being the present; x = 0 before the sample's start, which W may reach past.
 *
 * x0 [B T,C]; x1 = w [C,W]; x2 = b [1,C]. */
#include "kernel/causal_conv.h"

#include "kernel/kernel.h"

INLINE long length_of(const call_t *c) { return OPTIONS_OF(c, causal_conv_options)->length; }

/* sum over taps k = first .. taps - 1 of w[j,k] from[at + k step]; with a constant number of taps
 * the loop disappears, and channels vectorise. */
INLINE real weigh_taps(span_t w, span_t from, long j, long at, long first, long taps, long step) {
    real sum = 0;
#pragma GCC unroll 4
    for (long k = first; k < taps; k++) sum += load(w, j * taps + k) * load(from, at + k * step);
    return sum;
}

/* to = add + the taps' sum; most rows have all of the usual four. */
INLINE void convolve_row(span_t w, span_t from, span_t to, span_t add, long at, long first,
                         long taps, long step, long cols) {
    if (first == 0 && taps == 4)
        LANES(j, cols) store(to, j, load_add(add, j) + weigh_taps(w, from, j, at + j, 0, 4, step));
    else
        LANES(j, cols)
    store(to, j, load_add(add, j) + weigh_taps(w, from, j, at + j, first, taps, step));
}

ROWS(forward, c, i, c->y[0].rows) {
    long taps = c->x[1].cols, cols = c->y[0].cols, t = i % length_of(c);
    long first = t + 1 < taps ? taps - 1 - t : 0;
    convolve_row(c->x[1].at, c->x[0].at, row(c->y[0], i), c->x[2].at, (i - taps + 1) * cols, first,
                 taps, cols, cols);
}

/* dx[t] = add + sum of w[j] dy[t + W - 1 - j], within the sample */
ROWS(backward_x, c, i, c->dx[0].rows) {
    long taps = c->x[1].cols, left = length_of(c) - 1 - i % length_of(c), cols = c->dx[0].cols;
    long first = left < taps - 1 ? taps - 1 - left : 0;
    span_t add = span_at_if(c->add[0], i * cols);
    convolve_row(c->x[1].at, c->dy.at, row(c->dx[0], i), add, (i + taps - 1) * cols, first, taps,
                 -cols, cols);
}

/* dw[j] += sum over rows of dy[t] x[t - W + 1 + j]; a team per tap, so that none meets another. */
ROWS(backward_tap, c, tap, c->x[1].cols) {
    long taps = c->x[1].cols, back = taps - 1 - tap;
    span_t dw = c->dx[1].at;
    for (long i = 0; i < c->dy.rows; i++) {
        if (i % length_of(c) < back) continue;
        span_t dy = row(c->dy, i), x = row(c->x[0], i - back);
        LANES(j, c->dy.cols) accumulate(dw, j * taps + tap, load(dy, j) * load(x, j));
    }
}

/* db += sum over rows of dy */
ROWS(backward_bias, c, i, c->dy.rows) {
    span_t dy = row(c->dy, i), db = team_share(c->dx[2]);
    LANES(j, c->dy.cols) accumulate(db, j, load_linear(dy, j));
}

static void backward(const call_t *c) {
    if (wanted(c->dx[0])) backward_x(c);
    backward_tap(c);
    backward_bias(c);
}

DESCRIPTION const char *shape(call_t *c) {
    if (c->x[1].rows != c->x[0].cols || c->x[1].cols < 1)
        return "causal_conv: w must be [C, W] with C = columns of x";
    if (c->x[2].cols != c->x[0].cols) return "causal_conv: b must be [1, C]";
    if (c->x[0].rows % length_of(c)) return "causal_conv: rows are not a whole number of samples";
    c->y[0].rows = c->x[0].rows;
    c->y[0].cols = c->x[0].cols;
    return NULL;
}

/* Two operations a tap, and as many numbers fetched for them: measured. */
DESCRIPTION double flops(const call_t *c) {
    const double each = 18;
    return each * (double)c->x[0].rows * (double)c->x[0].cols * (double)c->x[1].cols;
}

OPERATOR(causal_conv, forward, backward, .options = OPTIONS_SIZE(causal_conv_options),
         .doc = "causal convolution of every channel by itself", .inputs = 3, .outputs = 1,
         .shape = shape, .parameters = 2 | 4, .flops = flops, .backward_x = 1, .sums = 4)
