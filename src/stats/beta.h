/* beta.h: what a count of hits leaves to believe about the rate behind it. */
#ifndef STATS_BETA_H
#define STATS_BETA_H

#include <stddef.h>

#include "base/rng.h"

/* One draw of Beta(a, b), a and b above 0, as a ratio of gamma variates (Marsaglia and Tsang 2000).
 */
double beta_draw(rng_t *rng, double a, double b);

/* One draw of a rate given `hits` of n: Beta(hits + 1/2, n - hits + 1/2), Jeffreys' prior. */
double beta_draw_rate(rng_t *rng, size_t hits, size_t n);

#endif
