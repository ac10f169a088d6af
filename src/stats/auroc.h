/* auroc.h: area under the ROC curve: the chance that a random positive scores above a random
 * negative, ties counting one half (Mann and Whitney 1947).
 *
 * Counted exactly: all pairs as integers of 128 bits, one division at the end, so a value is never
 * above 1 whatever n. O(n log n). Rows whose score is NaN are left out and counted. labels: 0 or
 * not 0 (positive, here: diverged). */
#ifndef STATS_AUROC_H
#define STATS_AUROC_H

#include <stddef.h>
#include <stdint.h>

#include "stats/interval.h"

typedef struct auroc {
    double value;                /* NaN when no pair exists: one class only, or no rows        */
    size_t positives, negatives; /* rows with a known score                                    */
    size_t dropped;              /* rows whose score is NaN                                    */
    size_t strata;               /* strata that hold both classes; the others have no pair     */
    double pairs;                /* positive-negative pairs compared                           */
} auroc_t;

auroc_t auroc(size_t n, const double *score, const int *label);

/* The same, but only pairs within one stratum are compared: a score that merely tells strata apart
 * gets 1/2. Strata are weighted by their number of pairs. `stratum` NULL: all in one. */
auroc_t auroc_within(size_t n, const double *score, const int *label, const int *stratum);

/* 95 % percentile bootstrap of auroc_within. Rows are drawn with replacement inside each stratum
 * and class, so that no resample loses a class; needs resamples >= 1. The same seed gives the same
 * interval whatever the order of rows. O(n log n + resamples n). */
interval_t auroc_bootstrap(size_t n, const double *score, const int *label, const int *stratum,
                           int resamples, uint64_t seed);

#endif
