/* paired.h: comparisons of two arms whose runs come in pairs. */
#ifndef STATS_PAIRED_H
#define STATS_PAIRED_H

#include <stddef.h>
#include <stdint.h>

#include "stats/interval.h"

/* 95 % percentile bootstrap of the mean difference: pairs are drawn with replacement. NaN are left
 * out; INTERVAL_NONE with fewer than two pairs. The same seed gives the same interval. */
interval_t paired_bootstrap(size_t n, const double *difference, int resamples, uint64_t seed);

/* Power of McNemar's exact test, two-sided at 5 %: the chance that it finds a difference when a
 * pair is positive in the first arm alone with chance `only_first`, in the second alone with
 * `only_second`, independently of other pairs. Exact: summed over all outcomes of the pairs that
 * disagree. */
double paired_power(size_t pairs, double only_first, double only_second);

/* The smallest fall of a rate, from `rate` in the first arm, that this test finds with the power
 * asked for, when the second arm's outcome is
 *   nested       never positive where the first is not: every disagreeing pair speaks one way,
 *   independent  of the first's: the pairing carries nothing.
 * What real pairs can show lies between. NaN when not even a fall to 0 would be found. */
typedef struct detectable {
    double nested, independent;
} detectable_t;
detectable_t paired_detectable(size_t pairs, double rate, double power);

#endif
