/* y = (x - mean) r gain + bias over the columns of each row, r = 1/sqrt(variance + epsilon)
 * (Ba et al. 2016). x1 = gain [1,d], x2 = bias [1,d]; y1 = mean, y2 = r, both [n,1]. */
#include "kernel/kernel.h"
#include "kernel/norm.h"

ROWS(forward, c, i, c->x[0].rows) {
    const struct norm_options *o = OPTIONS_OF(c, norm_options);
    span_t x = row(c->x[0], i), y = row(c->y[0], i), gain = c->x[1].at, bias = c->x[2].at;
    long d = c->x[0].cols;
    flt share = (flt)1 / (flt)d;
    real sum = 0, square = 0;
    LANES(j, d) sum += load(x, j);
    real mean = team_sum(sum) * share;
    LANES(j, d) {
        real centred = load(x, j) - mean;
        square += centred * centred;
    }
    real r = 1 / real_sqrt(team_sum(square) * share + o->epsilon);
    store(c->y[1].at, i, mean);
    store(c->y[2].at, i, r);
    LANES(j, d) store(y, j, (load(x, j) - mean) * r * load(gain, j) + load(bias, j));
}

/* With u = (x - mean) r and h = dy gain:
 *   dx = add + r (h - mean(h) - u mean(h u)),  dgain += dy u,  dbias += dy */
ROWS(backward, c, i, c->x[0].rows) {
    span_t x = row(c->x[0], i), dy = row(c->dy, i), gain = c->x[1].at;
    span_t dgain = team_share(c->dx[1]), dbias = team_share(c->dx[2]);
    long d = c->x[0].cols;
    flt share = (flt)1 / (flt)d;
    real mean = load(c->y[1].at, i), r = load(c->y[2].at, i), sum_h = 0, sum_hu = 0;
    LANES(j, d) {
        real u = (load(x, j) - mean) * r, g = load(dy, j), h = g * load(gain, j);
        sum_h += h;
        sum_hu += h * u;
        accumulate(dgain, j, g * u);
        accumulate(dbias, j, g);
    }
    real mean_h = team_sum(sum_h) * share, mean_hu = team_sum(sum_hu) * share;
    if (!wanted(c->dx[0])) return;
    span_t dx = row(c->dx[0], i);
    span_t add = span_at_if(c->add[0], i * d);
    LANES(j, d) {
        real u = (load(x, j) - mean) * r;
        store(dx, j, load_add(add, j) + r * (load(dy, j) * load(gain, j) - mean_h - u * mean_hu));
    }
}

DESCRIPTION const char *shape(call_t *c) {
    long n = c->x[0].rows, d = c->x[0].cols;
    if (c->x[1].cols != d || c->x[2].cols != d) return "layer_norm: gain and bias must be [1, d]";
    c->y[0].rows = c->y[1].rows = c->y[2].rows = n;
    c->y[0].cols = d;
    c->y[1].cols = c->y[2].cols = 1;
    return NULL;
}

OPERATOR(layer_norm, forward, backward, .options = OPTIONS_SIZE(norm_options),
         .doc = "layer normalisation with gain and bias", .inputs = 3, .outputs = 3, .shape = shape,
         .parameters = 2 | 4, .backward_x = 1, .backward_y = 2 | 4, .sums = 2 | 4)
