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

/* Score interval of an AUROC: all theta with |auroc - theta| <= z sqrt(V(theta)), V the
 * Hanley-McNeil variance with both class sizes replaced by their mean (Newcombe 2006, method 5).
 * Unlike DeLong's it keeps a width when the classes are perfectly separated. */
interval_t interval_newcombe(double auroc, size_t positives, size_t negatives);

/* auroc +- z standard errors on the logit scale: inside (0,1) and asymmetric near the ends. The
 * AUROC must lie strictly between 0 and 1. */
interval_t interval_logit(double auroc, double variance);

/* The 2.5 % and 97.5 % quantiles of x, linear between order statistics; sorts x in place. */
interval_t interval_percentile(size_t n, double *x);

#endif
