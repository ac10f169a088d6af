/* selection.h: what it is worth not to start the runs a score calls risky. */
#ifndef STATS_SELECTION_H
#define STATS_SELECTION_H

#include <stddef.h>

/* Rows whose score is NaN are left out. Where runs of one score straddle the budget, the expected
 * values over a random choice among them are given, so counts may be fractions. */
typedef struct selection {
    size_t n, positives; /* rows with a known score, and those that diverged           */
    double flagged;      /* runs called risky                                          */
    double hits;         /* ... of which diverged                                      */
    double precision;    /* hits / flagged; NaN when nothing is flagged                */
    double recall;       /* hits / positives; NaN when nothing diverged                */
    double saved;        /* share of all cost that flagged runs took; NaN when 0 in all */
} selection_t;

/* Flags every run with a score above `threshold`. cost [n] >= 0, in any unit. */
selection_t selection_above(size_t n, const double *score, const int *label, const double *cost,
                            double threshold);

/* Flags the `budget` runs of the highest scores. */
selection_t selection_budget(size_t n, const double *score, const int *label, const double *cost,
                             size_t budget);

#endif
