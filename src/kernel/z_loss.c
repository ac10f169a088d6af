/* The mean over rows of (log sum exp x)^2, times a coefficient: a term of the loss that keeps
 * logits from drifting (PaLM, arXiv 2204.02311; ST-MoE, arXiv 2202.08906, for routers).
 *
 * x0 [n,V]; y0 [n,1] = the square of every row; y1 [n,1] = log sum exp; y2 [n,V] = softmax(x): the
 * loss overwrites its logits, so the backward pass reads nothing of x. */
#include "kernel/z_loss.h"

#include "kernel/kernel.h"

ROWS(forward, c, i, c->x[0].rows) {
    span_t x = row(c->x[0], i), p = row(c->y[2], i), all = row(c->y[1], i), y = row(c->y[0], i);
    long cols = c->x[0].cols;
    flt largest = team_max(largest_of(x.v, cols)); /* a constant of log sum exp */
    double share = (double)OPTIONS_OF(c, z_loss_options)->coefficient / (double)c->x[0].rows;
    real sum = 0;
    LANES(j, cols) sum += exp_first(p, j, load(x, j) - largest, 1);
    sum = team_sum(sum);
    real norm = 1 / sum;
    LANES(j, cols) store(p, j, exp_again(p, j, load(x, j) - largest, 1) * norm);
    if (!team_leads()) return;
    store(all, 0, largest + real_log(sum));
    real log_sum = load(all, 0), square = log_sum * log_sum;
    store(y, 0, square);
    double *result = team_result(c);
    IN_VALUES(result[RESULT_TERM] += share * (double)square;
              result[RESULT_DETAIL] += (double)square / (double)c->x[0].rows;)
    IN_TANGENTS(result[RESULT_SLOPE] += share * (double)result_of(square);)
}

/* dx = add + coefficient 2/n log_sum p */
ROWS(backward, c, i, c->x[0].rows) {
    span_t p = row(c->y[2], i), dx = row(c->dx[0], i);
    span_t add = span_at_if(c->add[0], i * c->x[0].cols);
    flt share = 2 * OPTIONS_OF(c, z_loss_options)->coefficient / (flt)c->x[0].rows;
    real slope = share * load(row(c->y[1], i), 0);
    LANES(j, c->x[0].cols) store(dx, j, load_add(add, j) + slope * load(p, j));
}

DESCRIPTION const char *shape(call_t *c) {
    c->y[0].rows = c->y[1].rows = c->y[2].rows = c->x[0].rows;
    c->y[0].cols = c->y[1].cols = 1;
    c->y[2].cols = c->x[0].cols;
    return NULL;
}

OPERATOR(z_loss, forward, backward, .options = OPTIONS_SIZE(z_loss_options),
         .doc = "mean of (log sum exp x)^2, a term of the loss", .inputs = 1, .outputs = 3,
         .shape = shape, .adds = 1, .backward_y = 2 | 4)
