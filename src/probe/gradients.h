/* gradients.h: predictors of divergence read off the first steps of training: the baselines RKSP is
 * compared with. Pure functions of the recorded loss and gradient norm, both of the task alone and
 * before clipping.
 *
 * A run that diverged early has a short series. As in the paper's comparison its windows end with
 * it, so they may contain the divergence itself: tables by landmark (runs still alive at a step)
 * are the fair ones. A value that is not finite counts as infinitely large. */
#ifndef PROBE_GRADIENTS_H
#define PROBE_GRADIENTS_H

#include <stddef.h>

#include "base/record.h"

/* NaN: the series does not reach the window. */
typedef struct gradient_baselines {
    double first;       /* gradient norm at step 0                                          */
    double at_100;      /* at step 100, or the last one before                              */
    double variance;    /* over steps 1..100, of those there are (two at least); over n - 1 */
    double loss_spikes; /* loss spikes among steps 1..500, of those there are               */
    double early_ratio; /* gradient norm at step 10 over that at step 0                     */
} gradient_baselines_t;

/* loss[steps], grad_norm[steps]: entry s belongs to step s. */
gradient_baselines_t gradient_baselines(const double *loss, const double *grad_norm, size_t steps);

/* 1 when loss[step] (step >= 1) is a spike: above the median of the up to 20 steps before it by
 * more than half a nat, which multiplies the perplexity by 1.65; or not a number. The paper does
 * not say how it counts. A median, so that one spike does not hide the next. */
int gradient_is_loss_spike(const double *loss, size_t step);

/* Puts the items baseline/... in. */
void gradient_record(const gradient_baselines_t *baselines, record_t *record);

#endif
