/* delong_weighted.h: sampling variance of the AUROC of runs that were not all equally likely to be
 * seen (auroc_weighted.h).
 *
 * The weighted AUROC is a ratio of sums over positives and negatives; linearised (Taylor), with
 * weights w and weighted placement values V as in delong.h,
 *
 *   Var = P/(P-1) sum over positives of w^2 (V - AUROC)^2 / (sum of their w)^2
 *       + the same over negatives,
 *
 * which is DeLong's when all weights are equal. Rows count as drawn independently of each other, as
 * everywhere in DeLong's: runs that were certain to be seen add no less than the others, so the
 * interval is about the runs of such sweeps, and too wide for those of this one. O(n log n). */
#ifndef STATS_DELONG_WEIGHTED_H
#define STATS_DELONG_WEIGHTED_H

#include "stats/delong.h"

/* weight[n]; rows whose weight is not above 0, or whose score is NaN, are left out. The interval
 * reaches as far as the logit interval of that variance or Newcombe's score interval does,
 * whichever goes further: the first is too short where the classes are nearly separated. Newcombe's
 * takes (sum w)^2 / (sum w^2) for the size of a class (Kish). */
delong_t delong_weighted(size_t n, const double *score, const int *label, const double *weight);

#endif
