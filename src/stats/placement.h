/* placement.h: every run among its rivals, the runs of the other class: the one sorted sweep behind
 * every AUROC, its variance and its test.
 *
 * V of a positive = share of the negatives below it, V of a negative = share of the positives above
 * it, ties one half (DeLong's placement values). Runs carry weights, one over the chance to be seen
 * (Horvitz and Thompson 1952); without any, every run counts once, and all sums are whole numbers,
 * so exact up to 2^53 pairs. Only runs of one stratum are rivals. O(n log n), however many ties. */
#ifndef STATS_PLACEMENT_H
#define STATS_PLACEMENT_H

#include <stddef.h>

typedef struct placed {
    double score, weight;
    int stratum, label; /* label 0 or 1                                            */
    size_t row;         /* of the caller's arrays                                  */
    double share;       /* V; NaN where the stratum has one class only             */
    double rivals;      /* their weight                                            */
} placed_t;

typedef struct placement {
    placed_t *at; /* owned [n]; by stratum, then ascending score                           */
    size_t n;
    double wins_twice; /* 2 w_i w_j per pair that the positive wins, w_i w_j per tie       */
    double pairs;      /* w_i w_j per pair                                                 */
    size_t strata;     /* that hold both classes                                           */
    size_t matched[2]; /* rows of each class that have a rival                             */
} placement_t;

/* Rows whose score is NaN or whose weight is not above 0 are left out. label: 0 or not 0.
 * stratum NULL: all in one; weight NULL: 1 each. */
placement_t placement_create(size_t n, const double *score, const int *label, const int *stratum,
                             const double *weight);
void placement_destroy(placement_t *placement); /* {0} is fine; leaves {0} */

/* Sweeps again, after labels have been changed in place. O(n). */
void placement_sweep(placement_t *placement);

/* wins / pairs, between 0 and 1; NaN when there is no pair. */
double placement_auroc(const placement_t *placement);

/* The end of the stratum that begins at row `from` of placement->at. */
size_t placement_stratum_end(const placement_t *placement, size_t from);

#endif
