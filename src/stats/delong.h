/* delong.h: sampling variance of AUROCs without assumptions on the scores, and the test of two
 * AUROCs measured on the same runs.
 *
 * DeLong, DeLong and Clarke-Pearson 1988, by placement values: V of a positive = share of negatives
 * below it, V of a negative = share of positives above it (ties one half);
 * Var = var(V over positives)/P + var(V over negatives)/N. O(n log n). */
#ifndef STATS_DELONG_H
#define STATS_DELONG_H

#include <stddef.h>

#include "stats/interval.h"

typedef struct delong {
    double auroc;    /* NaN with one class                                                     */
    double variance; /* NaN with fewer than two rows of a class                                */
    interval_t interval;
    size_t positives, negatives; /* rows with a known score */
} delong_t;

/* 95 % interval on the logit scale. Where that has no meaning (AUROC 0 or 1, or a class of one
 * row) Newcombe's score interval instead, which does not collapse to a point. */
delong_t delong(size_t n, const double *score, const int *label);

typedef struct delong_test {
    double difference; /* AUROC(a) - AUROC(b)                                                  */
    double z, p;       /* two-sided; NaN when the variance is 0 but the difference is not      */
    size_t n;          /* rows where both scores are known                                     */
} delong_test_t;

delong_test_t delong_compare(size_t n, const double *a, const double *b, const int *label);

#endif
