/* Isotonic regression against its min-max formula, fit_i = max_{j <= i} min_{k >= i} mean(j .. k)
 * (Robertson, Wright and Dykstra 1988). */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <math.h>

#include "base/rng.h"
#include "near.h"
#include "stats/isotonic.h"

enum { N = 9 };

static double mean_of(const double *value, const double *weight, int from, int to) {
    double sum = 0, total = 0;
    for (int i = from; i <= to; i++) {
        sum += weight[i] * value[i];
        total += weight[i];
    }
    return sum / total;
}

static double expected(const double *value, const double *weight, int i) {
    double largest = -INFINITY;
    for (int j = 0; j <= i; j++) {
        double smallest = INFINITY;
        for (int k = i; k < N; k++) smallest = fmin(smallest, mean_of(value, weight, j, k));
        largest = fmax(largest, smallest);
    }
    return largest;
}

static void the_fit_is_the_min_max_of_means(void **state) {
    (void)state;
    rng_t rng = rng_open(1, 0, "isotonic", 0);
    for (int turn = 0; turn < 300; turn++) {
        double value[N], weight[N], fit[N];
        for (int i = 0; i < N; i++) {
            value[i] = (double)rng_below(&rng, 6) + i * (turn % 3 - 1);
            weight[i] = 1 + (double)rng_below(&rng, 4);
        }
        isotonic_fit(N, value, weight, fit);
        for (int i = 0; i < N; i++) assert_near(fit[i], expected(value, weight, i), 1e-12);
    }
}

static void entries_without_weight_follow_the_one_before(void **state) {
    (void)state;
    const double value[] = {9, 1, 9, 3, 2, 9}, weight[] = {0, 1, 0, 1, 3, 0};
    const double expected_fit[] = {-INFINITY, 1, 1, 2.25, 2.25, 2.25};
    double fit[6];
    isotonic_fit(6, value, weight, fit);
    for (int i = 0; i < 6; i++) assert_true(fit[i] == expected_fit[i]);
    isotonic_fit(1, value, weight, fit);
    assert_true(fit[0] == -INFINITY);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_fit_is_the_min_max_of_means),
        cmocka_unit_test(entries_without_weight_follow_the_one_before),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
