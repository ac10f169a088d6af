#include "stats/paired.h"

#include <math.h>

#include "stats/moments.h"
#include "stats/significance.h"
#include "stats/student.h"

#define ROUNDING 1e-12 /* a deviation below this share of the mean is none */

interval_t paired_interval(size_t n, const double *difference) {
    moments_t m = moments(n, difference);
    if (m.n < 2 || !(m.sd > ROUNDING * fabs(m.mean))) return INTERVAL_NONE;
    double half = student_95((double)m.n - 1) * m.sd / sqrt((double)m.n);
    return (interval_t){m.mean - half, m.mean + half};
}

/* log C(n,k) + k log p + (n-k) log(1-p); the ends apart, where a logarithm is infinite and times 0.
 */
static double log_binomial(size_t n, size_t k, double p) {
    int sign;
    if (p <= 0) return k == 0 ? 0 : -INFINITY;
    if (p >= 1) return k == n ? 0 : -INFINITY;
    return lgamma_r((double)n + 1, &sign) - lgamma_r((double)k + 1, &sign) -
           lgamma_r((double)(n - k) + 1, &sign) + (double)k * log(p) + (double)(n - k) * log1p(-p);
}

/* The largest k for which k of n disagreeing pairs on one side are significant; -1 = none. */
static long critical(size_t n, long from) {
    while (2 * (from + 1) <= (long)n &&
           significance_mcnemar((size_t)from + 1, n - (size_t)from - 1) <= 0.05)
        from++;
    return from;
}

/* P(X <= k) + P(X >= n - k), X ~ binomial(n, p) */
static double both_tails(size_t n, long k, double p) {
    double sum = 0;
    for (size_t i = 0; (long)i <= k; i++)
        sum += exp(log_binomial(n, i, p)) + exp(log_binomial(n, n - i, p));
    return sum;
}

double paired_power(size_t pairs, double only_first, double only_second) {
    double disagree = only_first + only_second, power = 0;
    long limit = -1; /* grows with the number of pairs that disagree */
    for (size_t n = 1; n <= pairs && disagree > 0; n++) {
        double chance = exp(log_binomial(pairs, n, fmin(1, disagree)));
        if (chance < 1e-12) continue; /* of a thousand pairs, 1e-9 in all */
        limit = critical(n, limit);
        if (limit >= 0) power += chance * both_tails(n, limit, only_first / disagree);
    }
    return power;
}

/* Nested: no pair is positive in the second arm alone, the fall is all there is. Independent: the
 * outcomes of a pair multiply. */
static double power_of_fall(size_t pairs, double rate, double fall, int is_independent) {
    double other = rate - fall;
    return is_independent ? paired_power(pairs, rate * (1 - other), other * (1 - rate))
                          : paired_power(pairs, fall, 0);
}

/* Power grows with the fall; bisection to 1e-4. */
static double smallest_fall(size_t pairs, double rate, double power, int is_independent) {
    double low = 0, high = rate;
    if (power_of_fall(pairs, rate, rate, is_independent) < power) return NAN;
    while (high - low > 1e-4) {
        double middle = (low + high) / 2;
        if (power_of_fall(pairs, rate, middle, is_independent) < power)
            low = middle;
        else
            high = middle;
    }
    return high;
}

detectable_t paired_detectable(size_t pairs, double rate, double power) {
    return (detectable_t){smallest_fall(pairs, rate, power, 0),
                          smallest_fall(pairs, rate, power, 1)};
}

/* --- no worse by a margin --- */

static double normal_below(double x) { return erfc(-x / sqrt(2)) / 2; }

/* Density of w = sd / sigma, chi of f degrees of freedom over sqrt(f). */
static double scatter_density(double w, double f) {
    int sign;
    if (w <= 0) return f > 1 ? 0 : sqrt(2 / M_PI);
    return exp(log(2) + f / 2 * log(f / 2) - lgamma_r(f / 2, &sign) + (f - 1) * log(w) -
               f * w * w / 2);
}

/* P(mean + margin > t sd / sqrt(n)) over what sd may turn out to be, by Simpson's rule. */
double paired_margin_power(size_t pairs, double margin) {
    enum { STEPS = 4000, REACH = 9 };
    if (pairs < 2) return NAN;
    double f = (double)pairs - 1, t = student_95(f), shift = margin * sqrt((double)pairs);
    double low = fmax(0, 1 - REACH / sqrt(2 * f)), high = 1 + REACH / sqrt(2 * f), sum = 0;
    for (int i = 0; i <= STEPS; i++) {
        double w = low + (high - low) * i / STEPS;
        double weight = i == 0 || i == STEPS ? 1 : i % 2 ? 4 : 2;
        sum += weight * scatter_density(w, f) * normal_below(shift - t * w);
    }
    return sum * (high - low) / (3 * STEPS);
}

/* Power grows with the margin; bisection to 1e-6 of it. */
double paired_margin(size_t pairs, double power) {
    double low = 0, high = 1;
    if (pairs < 2) return NAN;
    while (paired_margin_power(pairs, high) < power) low = high, high *= 2;
    while (high - low > 1e-6 * high) {
        double middle = (low + high) / 2;
        if (paired_margin_power(pairs, middle) < power)
            low = middle;
        else
            high = middle;
    }
    return high;
}
