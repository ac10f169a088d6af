/* isotonic.h: the best fit that never falls (isotonic regression), by pooling adjacent violators.
 */
#ifndef STATS_ISOTONIC_H
#define STATS_ISOTONIC_H

#include <stddef.h>

/* fit[0..n), not falling, with the least sum of weight (value - fit)^2. Entries of weight 0 have no
 * value: their fit is that of the one before, -INFINITY where there is none. O(n). */
void isotonic_fit(size_t n, const double *value, const double *weight, double *fit);

#endif
