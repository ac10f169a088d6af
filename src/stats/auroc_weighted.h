/* auroc_weighted.h: AUROC of runs that were not all equally likely to be seen.
 *
 * Each run counts 1 / (chance that it is among the results) times, a pair the product of both: then
 * the value estimates the AUROC over all runs, also those that were ended early (Horvitz and
 * Thompson 1952; for pairs, Hájek's ratio). With equal weights it is auroc_within. Rows whose score
 * is NaN are left out. */
#ifndef STATS_AUROC_WEIGHTED_H
#define STATS_AUROC_WEIGHTED_H

#include "stats/auroc.h"

/* weight[n] > 0. `stratum` NULL: all in one, else only pairs within one stratum are compared.
 * Counts of the result are of rows, `pairs` is of weighted pairs. */
auroc_t auroc_weighted(size_t n, const double *score, const int *label, const int *stratum,
                       const double *weight);

/* 95 % percentile bootstrap: rows are drawn with their weights, inside each stratum and class as by
 * auroc_bootstrap. */
interval_t auroc_weighted_bootstrap(size_t n, const double *score, const int *label,
                                    const int *stratum, const double *weight, int resamples,
                                    uint64_t seed);

#endif
