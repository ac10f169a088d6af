/* auroc.h: area under the ROC curve: the chance that a random positive scores above a random
 * negative, ties counting one half (Mann and Whitney 1947).
 *
 * labels: 0 or not 0 (positive, here: diverged). Rows whose score is NaN are left out and counted.
 * `stratum` NULL: all pairs, else only those within one stratum, so that a score which merely tells
 * strata apart gets 1/2; strata weigh by their number of pairs. `weight` NULL: every run counts
 * once, and pairs are counted exactly. Else a run counts 1 / (chance that it is among the results)
 * times, a pair the product of both: then the value estimates the AUROC over all runs, also those
 * that were ended early (Horvitz and Thompson 1952; for pairs, Hajek's ratio); rows whose weight is
 * not above 0 are left out. One sorted sweep (stats/placement.h): O(n log n), whatever is tied. */
#ifndef STATS_AUROC_H
#define STATS_AUROC_H

#include <stddef.h>
#include <stdint.h>

typedef struct auroc {
    double value;                /* NaN when no pair exists: one class only, or no rows         */
    size_t positives, negatives; /* rows with a known score, and a weight                       */
    size_t dropped;              /* all others                                                  */
    size_t strata;               /* strata that hold both classes; the others have no pair      */
    double pairs;                /* positive-negative pairs compared, weighted                  */
} auroc_t;

auroc_t auroc(size_t n, const double *score, const int *label);
auroc_t auroc_within(size_t n, const double *score, const int *label, const int *stratum);
auroc_t auroc_weighted(size_t n, const double *score, const int *label, const int *stratum,
                       const double *weight);

/* How often labels dealt at random among the runs of each stratum, which keep score and weight,
 * give an AUROC as low as this or lower: (1 + hits) / (1 + deals). Where score and outcome have
 * nothing to do with each other, it is below p in a share p of sweeps at most, for any class sizes
 * and ties (Phipson and Smyth 2010). NaN when no pair exists. The same seed gives the same value,
 * whatever the order of rows. O(n deals). */
double auroc_chance_below(size_t n, const double *score, const int *label, const int *stratum,
                          const double *weight, int deals, uint64_t seed);

#endif
