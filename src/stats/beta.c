#include "stats/beta.h"

#include <math.h>

/* Gamma(shape, 1) by squeezing a normal x: v = (1 + c x)^3, d v with d = shape - 1/3 and
 * c = 1/sqrt(9 d) is accepted when log u < x^2/2 + d - d v + d log v, more than 95 % of the time.
 * Below shape 1: that of shape + 1 times u^(1/shape). 1 - u keeps the logarithm finite. */
static double gamma_draw(rng_t *rng, double shape) {
    if (shape < 1) return gamma_draw(rng, shape + 1) * pow(1 - rng_uniform(rng), 1 / shape);
    double d = shape - 1.0 / 3, c = 1 / sqrt(9 * d);
    for (;;) {
        double x = rng_normal(rng), cube = 1 + c * x, u = 1 - rng_uniform(rng);
        double v = cube * cube * cube;
        if (cube > 0 && log(u) < x * x / 2 + d - d * v + d * log(v)) return d * v;
    }
}

double beta_draw(rng_t *rng, double a, double b) {
    double x = gamma_draw(rng, a), y = gamma_draw(rng, b);
    return x / (x + y);
}

double beta_draw_rate(rng_t *rng, size_t hits, size_t n) {
    return beta_draw(rng, (double)hits + 0.5, (double)(n - hits) + 0.5);
}
