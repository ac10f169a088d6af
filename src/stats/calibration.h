/* calibration.h: does a score between 0 and 1 mean what a probability means?
 *
 * Rows whose score is NaN or outside [0,1] are left out. */
#ifndef STATS_CALIBRATION_H
#define STATS_CALIBRATION_H

#include <stddef.h>

/* One bar of a reliability diagram: scores in (low, high], the first also includes 0. */
typedef struct reliability_bin {
    double low, high;
    size_t count;
    double predicted; /* mean score; NaN when count = 0            */
    double observed;  /* share of positives; NaN when count = 0    */
} reliability_bin_t;

/* Fills `bins` bars of equal width. Returns the number of rows used. */
size_t calibration_bins(size_t n, const double *score, const int *label, size_t bins,
                        reliability_bin_t *bin);

/* Expected calibration error: mean over rows of |observed - predicted| of the row's bar (Naeini et
 * al. 2015; Guo et al. 2017). NaN when no row is usable. */
double calibration_error(size_t n, const double *score, const int *label, size_t bins);

/* Brier score: mean of (score - label)^2. NaN when no row is usable. */
double calibration_brier(size_t n, const double *score, const int *label);

#endif
