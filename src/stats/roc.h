/* roc.h: the curve that the AUROC is the area of: for every threshold the share of positives at or
 * above it against the share of negatives at or above it.
 *
 * Rows whose score is NaN are left out. labels: 0 or not 0 (positive, here: diverged). */
#ifndef STATS_ROC_H
#define STATS_ROC_H

#include "stats/interval.h"

/* From (0, 0) to (1, 1). Rows of equal score are one slanted step, so that the area below counts
 * ties one half, as auroc() does. */
typedef struct roc {
    size_t count;
    double *false_positive, *true_positive; /* owned [count]; NULL: one class only, or no rows */
    /* How far each point may be off: Wilson's 95 % interval of either share (their rectangle holds
     * the point with a chance of at least 90 %; Macskassy and Provost 2004 compare such bands).
     * Unlike a bootstrap's it keeps a width where the classes are perfectly separated. */
    interval_t *across, *up; /* owned [count] */
} roc_t;

roc_t roc_curve(size_t n, const double *score, const int *label);
void roc_free(roc_t *roc); /* {0} is fine */

#endif
