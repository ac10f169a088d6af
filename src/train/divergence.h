/* divergence.h: the label: has a run diverged, and what showed it? Judged on the task's own loss
 * and gradient, before any stabilizer has touched them. */
#ifndef TRAIN_DIVERGENCE_H
#define TRAIN_DIVERGENCE_H

typedef struct divergence_limits {
    double loss, grad_norm;
} divergence_limits_t;

/* NULL when both numbers are finite and within their limits (a value equal to its limit is),
 * otherwise "not_finite", "loss" or "grad_norm", in this order of precedence. Static. */
const char *divergence_trigger(const divergence_limits_t *limits, double loss, double grad_norm);

/* The static name, among those and "none", that is equal to `text`; NULL when it is none. */
const char *divergence_trigger_name(const char *text);

#endif
