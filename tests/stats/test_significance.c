/* Exact tests, Holm, Wilson and Newcombe intervals against SciPy 1.17.1 and statsmodels 0.15.0. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <math.h>

#include "stats/interval.h"
#include "stats/significance.h"

#define COUNT(x) (sizeof(x) / sizeof((x)[0]))

static int is_near(double x, double expected) {
    return fabs(x - expected) <= 1e-9 * fabs(expected) + 1e-300;
}

static void fisher_equals_scipy(void **state) {
    (void)state; /* scipy.stats.fisher_exact */
    static const struct {
        size_t a, b, c, d;
        double p;
    } rows[] = {
        {23, 14, 1, 64, 2.9269728437380643e-12}, {8, 2, 1, 5, 0.034965034965034975},
        {3, 1, 1, 3, 0.48571428571428565},       {0, 10, 0, 12, 1},
        {7, 12, 0, 5, 0.272068511198946},        {500, 300, 410, 390, 6.874676669054817e-06},
        {10, 2, 3, 15, 0.0005367241191434357},   {1, 8, 7, 1, 0.00337309749074455},
        {81, 3, 0, 130, 3.8073994062563527e-56}, {0, 0, 0, 0, 1},
    };
    for (size_t i = 0; i < COUNT(rows); i++)
        assert_true(
            is_near(significance_fisher(rows[i].a, rows[i].b, rows[i].c, rows[i].d), rows[i].p));
}

static void mcnemar_equals_statsmodels(void **state) {
    (void)state; /* statsmodels mcnemar(exact=True) */
    static const struct {
        size_t b, c;
        double p;
    } rows[] = {{1, 9, 0.021484375},
                {0, 5, 0.0625},
                {12, 2, 0.012939453125},
                {40, 61, 0.046044066929342785},
                {4, 4, 1},
                {0, 0, 1}};
    for (size_t i = 0; i < COUNT(rows); i++)
        assert_true(is_near(significance_mcnemar(rows[i].b, rows[i].c), rows[i].p));
}

static void holm_equals_statsmodels_and_skips_nan(void **state) {
    (void)state; /* multipletests(method="holm") of the five known values */
    double p[] = {.01, .04, NAN, .03, .005, .2}, expected[] = {.04, .09, NAN, .09, .025, .2};
    significance_holm(COUNT(p), p);
    for (size_t i = 0; i < COUNT(p); i++)
        assert_true(isnan(expected[i]) ? isnan(p[i]) : is_near(p[i], expected[i]));
}

static void wilson_equals_statsmodels(void **state) {
    (void)state; /* proportion_confint(method="wilson") */
    static const struct {
        size_t hits, n;
        double low, high;
    } rows[] = {{81, 84, 0.9001830642748655, 0.9877803307686647},
                {0, 13, 0, 0.22809537235419847},
                {23, 37, 0.4610043043921765, 0.7593600082420173},
                {1, 1, 0.2065493143772374, 1}};
    for (size_t i = 0; i < COUNT(rows); i++) {
        interval_t w = interval_wilson(rows[i].hits, rows[i].n);
        assert_true(is_near(w.low, rows[i].low) && is_near(w.high, rows[i].high));
    }
    assert_true(isnan(interval_wilson(0, 0).low));
}

static void difference_equals_statsmodels(void **state) {
    (void)state; /* confint_proportions_2indep(method="newcomb", compare="diff") */
    static const struct {
        size_t a, n, b, m;
        double low, high;
    } rows[] = {{56, 70, 48, 80, 0.05243147240236498, 0.33387265403690614},
                {9, 10, 3, 10, 0.1705227239345029, 0.809017973535488},
                {0, 10, 0, 20, -0.1611251580528194, 0.27753279986288926},
                {0, 10, 10, 10, -1, -0.6075093504305241},
                {4, 8, 5, 6, -0.6491894463276429, 0.15511402877307412}};
    for (size_t i = 0; i < COUNT(rows); i++) {
        interval_t d = interval_difference(rows[i].a, rows[i].n, rows[i].b, rows[i].m);
        assert_true(is_near(d.low, rows[i].low) && is_near(d.high, rows[i].high));
    }
    assert_true(isnan(interval_difference(1, 2, 0, 0).low));
}

static interval_t newcombe(double auroc, double positives, double negatives) {
    interval_sizes_t sizes = {0};
    interval_add_sizes(&sizes, 1, positives, negatives);
    return interval_newcombe(auroc, &sizes);
}

static void newcombe_solves_its_equation(void **state) {
    (void)state; /* scipy.optimize.brentq */
    interval_t i = newcombe(0.8, 5, 50);
    assert_true(fabs(i.low - 0.5329209056038988) < 1e-9);
    assert_true(fabs(i.high - 0.9270868054689628) < 1e-9);
    i = newcombe(0, 3, 3);
    assert_true(i.low == 0 && fabs(i.high - 0.4989812392984699) < 1e-9);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(fisher_equals_scipy),
        cmocka_unit_test(mcnemar_equals_statsmodels),
        cmocka_unit_test(holm_equals_statsmodels_and_skips_nan),
        cmocka_unit_test(wilson_equals_statsmodels),
        cmocka_unit_test(difference_equals_statsmodels),
        cmocka_unit_test(newcombe_solves_its_equation),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
