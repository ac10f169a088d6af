/* y = x r gain over the columns of each row, r = 1/sqrt(mean(x^2) + epsilon) (Zhang & Sennrich
 * 2019). x1 = gain [1,d]; y1 = r [n,1]. */
#include "kernel/kernel.h"
#include "kernel/norm.h"

ROWS(forward, c, i, c->x[0].rows) {
    const struct norm_options *o = OPTIONS_OF(c, norm_options);
    span_t x = row(c->x[0], i), y = row(c->y[0], i), gain = c->x[1].at;
    long d = c->x[0].cols;
    real square = 0;
    LANES(j, d) {
        real v = load(x, j);
        square += v * v;
    }
    real r = 1 / real_sqrt(team_sum(square) / (flt)d + o->epsilon);
    store(c->y[1].at, i, r);
    LANES(j, d) store(y, j, load(x, j) * r * load(gain, j));
}

/* With u = x r and h = dy gain: dx = add + r (h - u mean(h u)), dgain += dy u */
ROWS(backward, c, i, c->x[0].rows) {
    span_t x = row(c->x[0], i), dy = row(c->dy, i), gain = c->x[1].at;
    span_t dgain = team_share(c->dx[1]);
    long d = c->x[0].cols;
    real r = load(c->y[1].at, i), sum_hu = 0;
    LANES(j, d) {
        real u = load(x, j) * r, g = load(dy, j);
        sum_hu += g * load(gain, j) * u;
        accumulate(dgain, j, g * u);
    }
    real mean_hu = team_sum(sum_hu) / (flt)d;
    if (!wanted(c->dx[0])) return;
    span_t dx = row(c->dx[0], i);
    span_t add = span_at_if(c->add[0], i * d);
    LANES(j, d) {
        real h = load(dy, j) * load(gain, j);
        store(dx, j, load_add(add, j) + r * (h - load(x, j) * r * mean_hu));
    }
}

DESCRIPTION const char *shape(call_t *c) {
    long n = c->x[0].rows, d = c->x[0].cols;
    if (c->x[1].cols != d) return "rms_norm: gain must be [1, d]";
    c->y[0].rows = c->y[1].rows = n;
    c->y[0].cols = d;
    c->y[1].cols = 1;
    return NULL;
}

OPERATOR(rms_norm, forward, backward, .options = OPTIONS_SIZE(norm_options),
         .doc = "root-mean-square normalisation with gain", .inputs = 2, .outputs = 2,
         .shape = shape, .parameters = 2, .backward_x = 1, .backward_y = 2, .sums = 2)
