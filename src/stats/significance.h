/* significance.h: p values. All two-sided. */
#ifndef STATS_SIGNIFICANCE_H
#define STATS_SIGNIFICANCE_H

#include <stddef.h>

/* Fisher's exact test of the table [[a, b], [c, d]] with its margins fixed: total probability of
 * all tables no more likely than this one (as R and SciPy). 1 when a margin is 0. */
double significance_fisher(size_t a, size_t b, size_t c, size_t d);

/* McNemar's exact test of pairs that disagree: `only_first` positive in the first arm alone,
 * `only_second` in the second alone. 1 when no pair disagrees. */
double significance_mcnemar(size_t only_first, size_t only_second);

/* Holm's step-down adjustment (1979) of p[0..n) in place: reject where the adjusted p is below the
 * level and the chance of any false rejection is at most the level. NaN stay and do not count. */
void significance_holm(size_t n, double *p);

#endif
