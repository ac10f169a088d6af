#include "stats/moments.h"

#include <math.h>
#include <stdlib.h>

#include "stats/scratch.h"

/* One pass and no difference of large sums: mean += (x - mean)/n, square += (x - old)(x - new). */
moments_t moments(size_t n, const double *x) {
    moments_t m = {0};
    double square = 0; /* sum of squared deviations, Welford 1962 */
    for (size_t i = 0; i < n; i++) {
        if (isnan(x[i])) continue;
        double before = x[i] - m.mean;
        m.mean += before / (double)++m.n;
        square += before * (x[i] - m.mean);
    }
    if (m.n == 0) m.mean = NAN;
    m.sd = m.n < 2 ? NAN : sqrt(square / (double)(m.n - 1));
    return m;
}

extent_t extent(size_t n, const double *x) {
    double *known = scratch(n, sizeof *known);
    size_t *order = scratch(n, sizeof *order), count = 0;
    extent_t e = {.median = NAN, .low = NAN, .high = NAN};
    for (size_t i = 0; i < n; i++)
        if (!isnan(x[i])) known[count++] = x[i];
    rank_order(count, known, order);
    if (count) {
        double below = known[order[(count - 1) / 2]], above = known[order[count / 2]];
        /* Halves first: the sum of two large values could overflow. */
        e = (extent_t){count, below / 2 + above / 2, known[order[0]], known[order[count - 1]]};
    }
    free(order);
    free(known);
    return e;
}

/* By place where values are equal: qsort alone would leave their order to the C library. */
static int ascending(const void *a, const void *b, void *values) {
    const double *x = values;
    size_t i = *(const size_t *)a, j = *(const size_t *)b;
    if (x[i] != x[j]) return x[i] < x[j] ? -1 : 1;
    return i < j ? -1 : i > j;
}

void rank_order(size_t n, const double *x, size_t *order) {
    for (size_t i = 0; i < n; i++) order[i] = i;
    qsort_r(order, n, sizeof *order, ascending, (void *)x);
}

/* r = sxy / sqrt(sxx syy), centred first, since far from 0 the raw sums cancel. */
static double correlation(size_t n, const double *x, const double *y) {
    double mx = moments(n, x).mean, my = moments(n, y).mean;
    double xx = 0, yy = 0, xy = 0;
    for (size_t i = 0; i < n; i++) {
        xx += (x[i] - mx) * (x[i] - mx);
        yy += (y[i] - my) * (y[i] - my);
        xy += (x[i] - mx) * (y[i] - my);
    }
    return xx > 0 && yy > 0 ? xy / sqrt(xx * yy) : NAN;
}

/* Copies the rows where both are known; returns how many. */
static size_t keep_known(size_t n, const double *x, const double *y, double *a, double *b) {
    size_t known = 0;
    for (size_t i = 0; i < n; i++) {
        if (isnan(x[i]) || isnan(y[i])) continue;
        a[known] = x[i];
        b[known++] = y[i];
    }
    return known;
}

double linear_correlation(size_t n, const double *x, const double *y) {
    double *a = scratch(n, sizeof *a), *b = scratch(n, sizeof *b);
    double r = correlation(keep_known(n, x, y, a, b), a, b);
    free(b);
    free(a);
    return r;
}
