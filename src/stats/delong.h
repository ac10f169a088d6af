/* delong.h: how far an AUROC is known, and the test of two AUROCs measured on the same runs.
 *
 * The AUROC is a ratio of sums over pairs; linearised (Taylor), run i moves it by
 *
 *   d_i = w_i r_i (V_i - AUROC) / pairs,   r_i the weight of its rivals, V_i its placement value,
 *   Var = P/(P-1) sum over positives of d_i^2 + N/(N-1) sum over negatives of d_i^2,
 *
 * (stats/placement.h), which is the variance of DeLong, DeLong and Clarke-Pearson 1988 when weights
 * are equal and there is one stratum. Rows count as drawn independently of each other: runs that
 * were certain to be seen add no less than the others, so an interval is about the runs of such
 * sweeps, and too wide for those of this one. O(n log n). Arguments are those of auroc.h. */
#ifndef STATS_DELONG_H
#define STATS_DELONG_H

#include <stddef.h>

#include "stats/interval.h"

typedef struct delong {
    double auroc;                /* NaN with one class                                         */
    double variance;             /* NaN with fewer than two rows of a class                    */
    interval_t interval;         /* none with fewer than two rows of a class                   */
    size_t positives, negatives; /* rows that have a rival                                     */
} delong_t;

/* The 95 % interval reaches as far as the logit interval of that variance or Newcombe's score
 * interval does, whichever goes further: the first is too short for small classes and has no width
 * where they are separated, the second takes the scatter from a model. Together they cover the
 * truth in 95 % of sweeps or more for classes of two runs on (tests/stats/test_level.c). One run
 * tells nothing of how others of its class scatter: then there is none. */
delong_t delong(size_t n, const double *score, const int *label, const int *stratum,
                const double *weight);

typedef struct delong_test {
    double difference; /* AUROC(a) - AUROC(b)                                                  */
    double t, freedom; /* the difference in standard errors, and how well these are known      */
    double p;          /* two-sided; NaN when it cannot be said                                */
    size_t n;          /* rows where both scores are known                                     */
} delong_test_t;

/* Student's t in place of DeLong's normal law, which finds differences where there are none when a
 * class is small; one degree of freedom less than the smaller class has runs. */
delong_test_t delong_compare(size_t n, const double *a, const double *b, const int *label);

#endif
