#include "stats/interval.h"

#include <math.h>
#include <stdlib.h>

/* centre = (p + z^2/2n) / (1 + z^2/n), half = z sqrt(p(1-p)/n + z^2/4n^2) / (1 + z^2/n). At 0 and n
 * hits the bound is 0 and 1 by algebra; it is set, so that rounding cannot move it. */
interval_t interval_wilson(size_t hits, size_t n) {
    if (n == 0) return INTERVAL_NONE;
    double m = (double)n, p = (double)hits / m, z2 = INTERVAL_Z * INTERVAL_Z;
    double centre = (p + z2 / (2 * m)) / (1 + z2 / m);
    double half = INTERVAL_Z / (1 + z2 / m) * sqrt(p * (1 - p) / m + z2 / (4 * m * m));
    return (interval_t){hits == 0 ? 0 : fmax(0, centre - half),
                        hits == n ? 1 : fmin(1, centre + half)};
}

void interval_add_sizes(interval_sizes_t *sizes, double share, double positives, double negatives) {
    double single = share * share / (positives * negatives);
    sizes->single += single;
    sizes->shared += single * ((positives + negatives) / 2 - 1);
}

static double newcombe_variance(double theta, const interval_sizes_t *sizes) {
    double shape = (1 - theta) / (2 - theta) + theta / (1 + theta);
    return theta * (1 - theta) * (sizes->single + sizes->shared * shape);
}

/* Between `inside` = auroc, where the distance is below z standard errors, and the end of the
 * scale, where the variance vanishes, the two cross; bisect to full precision. */
static double newcombe_bound(double auroc, double end, const interval_sizes_t *sizes) {
    double inside = auroc, outside = end;
    for (int i = 0; i < 100; i++) {
        double theta = (inside + outside) / 2;
        if (fabs(auroc - theta) <= INTERVAL_Z * sqrt(newcombe_variance(theta, sizes)))
            inside = theta;
        else
            outside = theta;
    }
    return inside;
}

/* low = p - q - sqrt((p - low_p)^2 + (high_q - q)^2), high likewise: each bound takes from either
 * proportion the side that pulls it outwards. */
interval_t interval_difference(size_t hits, size_t n, size_t other_hits, size_t other_n) {
    if (n == 0 || other_n == 0) return INTERVAL_NONE;
    double p = (double)hits / (double)n, q = (double)other_hits / (double)other_n;
    interval_t a = interval_wilson(hits, n), b = interval_wilson(other_hits, other_n);
    return (interval_t){.low = p - q - hypot(p - a.low, b.high - q),
                        .high = p - q + hypot(a.high - p, q - b.low)};
}

interval_t interval_newcombe(double auroc, const interval_sizes_t *sizes) {
    if (isnan(auroc) || !(sizes->single > 0)) return INTERVAL_NONE;
    return (interval_t){newcombe_bound(auroc, 0, sizes), newcombe_bound(auroc, 1, sizes)};
}

static double logistic(double t) { return 1 / (1 + exp(-t)); }

/* By the delta method the variance of log(A/(1-A)) is that of A over (A (1-A))^2. */
interval_t interval_logit(double auroc, double variance, double quantile) {
    double centre = log(auroc / (1 - auroc));
    double half = quantile * sqrt(variance) / (auroc * (1 - auroc));
    return (interval_t){logistic(centre - half), logistic(centre + half)};
}

static int ascending(const void *a, const void *b) {
    double x = *(const double *)a, y = *(const double *)b;
    return x < y ? -1 : x > y;
}

/* Hyndman and Fan's type 7, as NumPy and R do it by default. */
static double quantile(size_t n, const double *sorted, double share) {
    double at = share * (double)(n - 1);
    size_t below = (size_t)at;
    if (below + 1 >= n) return sorted[n - 1];
    return sorted[below] + (at - (double)below) * (sorted[below + 1] - sorted[below]);
}

interval_t interval_percentile(size_t n, double *x) {
    if (n == 0) return INTERVAL_NONE;
    qsort(x, n, sizeof *x, ascending);
    return (interval_t){quantile(n, x, 0.025), quantile(n, x, 0.975)};
}
