/* Paired comparisons: intervals and planned power, against SciPy and closed forms. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/rng.h"
#include "near.h"
#include "stats/moments.h"
#include "stats/paired.h"

/* SciPy 1.17.1: sum over binom.pmf of the pairs that disagree, times the chance that
 * binomtest(...).pvalue <= 0.05. */
static void power_is_exact(void **state) {
    (void)state;
    static const struct {
        size_t pairs;
        double only_first, only_second, power;
    } cases[] = {{24, .4, .05, 0.700233640715},
                 {24, .3, 0, 0.771191606986},
                 {60, .2, .1, 0.220846435888},
                 {10, .5, 0, 0.376953125},
                 {5, .9, 0, 0}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        assert_near(paired_power(cases[i].pairs, cases[i].only_first, cases[i].only_second),
                    cases[i].power, 1e-10);
}

static void power_without_a_difference_keeps_the_level(void **state) {
    (void)state;
    assert_true(paired_power(80, 0.2, 0.2) <= 0.05);
    assert_true(paired_power(80, 0, 0) == 0);
    assert_near(paired_power(6, 1, 0), 1, 1e-12);
}

/* The same sums with SciPy's brentq. */
static void detectable_falls(void **state) {
    (void)state;
    detectable_t few = paired_detectable(24, 2.0 / 3, 0.8);
    assert_near(few.nested, 0.309416947, 2e-4);
    assert_near(few.independent, 0.438426676, 2e-4);
    detectable_t more = paired_detectable(48, 2.0 / 3, 0.8);
    assert_near(more.nested, 0.159719392, 2e-4);
    assert_near(more.independent, 0.306901499, 2e-4);
    assert_true(isnan(paired_detectable(5, 1, 0.8).nested));
}

/* Of a thousand pairs it is nearly that of the normal law: (z.975 + z.8) / sqrt(n). */
static void margins_of_many_pairs_are_those_of_the_normal_law(void **state) {
    (void)state;
    assert_near(paired_margin(1000, 0.8) * sqrt(1000), 1.959963985 + 0.841621234, 6e-3);
    assert_near(paired_margin_power(1000, 0), 0.025, 1e-4);
    assert_true(isnan(paired_margin(1, 0.8)));
}

/* Drawn pairs without a difference, judged by the interval itself. */
static void margins_are_kept_with_the_power_asked_for(void **state) {
    (void)state;
    enum { DRAWS = 4000 };
    static const size_t pairs[] = {2, 3, 6, 24};
    for (int k = 0; k < 4; k++) {
        double margin = paired_margin(pairs[k], 0.8);
        int kept = 0;
        for (uint32_t i = 0; i < DRAWS; i++) {
            double x[24];
            rng_t rng = rng_open(6, (uint32_t)k, "pairs", i);
            for (size_t j = 0; j < pairs[k]; j++) x[j] = 3 * rng_normal(&rng);
            kept += paired_interval(pairs[k], x).low > -3 * margin;
        }
        assert_near((double)kept / DRAWS, 0.8, 3.5 * sqrt(0.8 * 0.2 / DRAWS));
    }
}

static void interval_of_the_mean_by_hand(void **state) {
    (void)state; /* mean 3, deviation sqrt(2.5), t of 4 degrees 2.7764451051977987 */
    interval_t found = paired_interval(6, (double[]){1, 2, NAN, 3, 4, 5});
    double half = 2.7764451051977987 * sqrt(2.5 / 5);
    assert_near(found.low, 3 - half, 1e-9);
    assert_near(found.high, 3 + half, 1e-9);
}

static void without_scatter_there_is_no_interval(void **state) {
    (void)state;
    assert_true(isnan(paired_interval(3, (double[]){NAN, 1, NAN}).low));
    assert_true(isnan(paired_interval(2, (double[]){5, 5}).low));
    assert_true(isnan(paired_interval(3, (double[]){0.3, 0.1 + 0.2, 0.3}).high)); /* rounding */
    assert_true(isnan(paired_interval(0, NULL).low));
}

/* A percentile bootstrap covers it in 50 % of two pairs, 80 % of five. */
static void few_pairs_keep_the_level(void **state) {
    (void)state;
    enum { DRAWS = 4000 };
    static const size_t pairs[] = {2, 3, 5, 24};
    for (int k = 0; k < 4; k++) {
        int missed = 0;
        for (uint32_t i = 0; i < DRAWS; i++) {
            double x[24];
            rng_t rng = rng_open(5, (uint32_t)k, "pairs", i);
            for (size_t j = 0; j < pairs[k]; j++) x[j] = 1 + rng_normal(&rng);
            interval_t found = paired_interval(pairs[k], x);
            missed += !(found.low <= 1 && 1 <= found.high);
        }
        assert_near((double)missed / DRAWS, 0.05, 3 * sqrt(0.05 * 0.95 / DRAWS));
    }
}

/* SciPy 1.17.1, pearsonr; rows with a NaN are left out. */
static void pearson(void **state) {
    (void)state;
    const double x[] = {1, 2, NAN, 3, 4, 5.5}, y[] = {2, 1, 9, 4, 3, 7};
    assert_near(linear_correlation(6, x, y), 0.858086838240179, 1e-12);
    assert_true(isnan(linear_correlation(3, x, (const double[]){1, 1, 1})));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(power_is_exact),
        cmocka_unit_test(power_without_a_difference_keeps_the_level),
        cmocka_unit_test(detectable_falls),
        cmocka_unit_test(margins_of_many_pairs_are_those_of_the_normal_law),
        cmocka_unit_test(margins_are_kept_with_the_power_asked_for),
        cmocka_unit_test(interval_of_the_mean_by_hand),
        cmocka_unit_test(without_scatter_there_is_no_interval),
        cmocka_unit_test(few_pairs_keep_the_level),
        cmocka_unit_test(pearson),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
