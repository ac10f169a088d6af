/* Draws of the beta distribution against its quantiles, scipy.stats.beta.ppf (SciPy 1.17.1). */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <math.h>

#include "near.h"
#include "stats/beta.h"

enum { DRAWS = 20000 };

/* The share of draws below each quantile is its probability, to 4 standard deviations. */
static void draws_fall_between_quantiles(void **state) {
    (void)state;
    static const double probability[3] = {0.1, 0.5, 0.9};
    static const struct {
        double a, b, quantile[3];
    } rows[] = {{0.5, 5.5, {0.0015010519968410843, 0.04234823052707254, 0.22672452862909281}},
                {3.5, 2.5, {0.3268473972645825, 0.5931550591068062, 0.8250236556434699}},
                {40.5, 160.5, {0.1659633459270755, 0.20050115615652628, 0.23830255281600218}}};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        int below[3] = {0};
        rng_t rng = rng_open(1, 0, "beta", (uint32_t)i);
        for (int k = 0; k < DRAWS; k++) {
            double x = beta_draw(&rng, rows[i].a, rows[i].b);
            assert_true(x >= 0 && x <= 1);
            for (int q = 0; q < 3; q++) below[q] += x < rows[i].quantile[q];
        }
        for (int q = 0; q < 3; q++)
            assert_near(below[q] / (double)DRAWS, probability[q],
                        4 * sqrt(probability[q] * (1 - probability[q]) / DRAWS));
    }
}

static void a_rate_has_jeffreys_prior(void **state) {
    (void)state;
    rng_t a = rng_open(1, 0, "beta", 9), b = a;
    assert_true(beta_draw_rate(&a, 0, 5) == beta_draw(&b, 0.5, 5.5));
    assert_true(beta_draw_rate(&a, 5, 5) == beta_draw(&b, 5.5, 0.5));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(draws_fall_between_quantiles),
        cmocka_unit_test(a_rate_has_jeffreys_prior),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
