/* interval.h: 95 % confidence intervals in closed form. Those of one proportion or AUROC stay
 * within [0,1]. */
#ifndef STATS_INTERVAL_H
#define STATS_INTERVAL_H

#include <stddef.h>

typedef struct interval {
    double low, high; /* both NaN: not computable */
} interval_t;

#define INTERVAL_NONE ((interval_t){NAN, NAN})
#define INTERVAL_Z    1.959963984540054 /* 97.5 % quantile of the standard normal */

/* Wilson's score interval of a proportion hits/n (Wilson 1927). n = 0: none. */
interval_t interval_wilson(size_t hits, size_t n);

/* Difference of two independent proportions, first less second, within [-1,1]: square-and-add of
 * their Wilson intervals (Newcombe 1998, method 10). None when one of them has no runs. */
interval_t interval_difference(size_t hits, size_t n, size_t other_hits, size_t other_n);

/* What Newcombe's interval needs to know of the numbers of runs; {0} = none. */
typedef struct interval_sizes {
    double single, shared; /* of the variance below */
} interval_sizes_t;

/* Adds a stratum of so many positives and negatives that has this share of all pairs. */
void interval_add_sizes(interval_sizes_t *sizes, double share, double positives, double negatives);

/* Score interval of an AUROC: all theta with |auroc - theta| <= z sqrt(V(theta)), V the
 * Hanley-McNeil variance with both class sizes replaced by their mean (Newcombe 2006, method 5),
 *
 *   V(theta) = theta (1-theta) (single + shared ((1-theta)/(2-theta) + theta/(1+theta))),
 *   single = sum over strata of share^2 / (P N),  shared = the same times (P + N)/2 - 1.
 *
 * Unlike DeLong's it keeps a width when the classes are perfectly separated, and it holds 1/2 as
 * long as the rank test of Mann and Whitney does: at 1/2, V is that test's variance. None without
 * sizes. */
interval_t interval_newcombe(double auroc, const interval_sizes_t *sizes);

/* auroc +- `quantile` standard errors on the logit scale: inside (0,1) and asymmetric near the
 * ends. The AUROC must lie strictly between 0 and 1. */
interval_t interval_logit(double auroc, double variance, double quantile);

/* The 2.5 % and 97.5 % quantiles of x, linear between order statistics; sorts x in place. */
interval_t interval_percentile(size_t n, double *x);

#endif
