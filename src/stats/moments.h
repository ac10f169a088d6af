/* moments.h: middle and spread of a column, and how two columns go together. */
#ifndef STATS_MOMENTS_H
#define STATS_MOMENTS_H

#include <stddef.h>

typedef struct moments {
    size_t n;    /* values used; NaN are left out                  */
    double mean; /* NaN when n = 0                                 */
    double sd;   /* sample standard deviation; NaN when n < 2      */
} moments_t;

moments_t moments(size_t n, const double *x);

typedef struct extent {
    size_t n;                 /* values used; NaN are left out, infinities are not    */
    double median, low, high; /* low, high: the smallest and the largest; NaN when n = 0 */
} extent_t;

/* For columns with heavy tails, whose mean and deviation are those of one value. O(n log n). */
extent_t extent(size_t n, const double *x);

/* Pearson's correlation over rows where both are known; NaN when one side is constant or fewer than
 * two rows are left. */
double linear_correlation(size_t n, const double *x, const double *y);

/* order[0..n) = positions of x in ascending order; x has no NaN. Equal values keep their order. */
void rank_order(size_t n, const double *x, size_t *order);

#endif
