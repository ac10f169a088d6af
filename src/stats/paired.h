/* paired.h: comparisons of two arms whose runs come in pairs. */
#ifndef STATS_PAIRED_H
#define STATS_PAIRED_H

#include <stddef.h>

#include "stats/interval.h"

/* 95 % interval of the mean difference, mean -+ t sd / sqrt(n), t Student's quantile: of few pairs
 * a bootstrap's is far too short (of two, it covers the mean in half of all cases). NaN are left
 * out. None with fewer than two pairs, or when all differ by the same: they show no scatter to go
 * by. */
interval_t paired_interval(size_t n, const double *difference);

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

/* Non-inferiority by paired_interval: an arm is no worse by more than a margin when the interval's
 * lower end lies above -margin (one-sided at 2.5 %). The chance that it does when the arm changes
 * nothing, differences being normal: that of a non-central t; `margin` in standard deviations of
 * the pairs' differences. NaN with fewer than two pairs. */
double paired_margin_power(size_t pairs, double margin);

/* The smallest margin that so many pairs keep to with the power asked for. */
double paired_margin(size_t pairs, double power);

#endif
