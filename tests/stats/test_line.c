/* The line through points. Oracle: scipy.stats.linregress and t.ppf, SciPy 1.17.1. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "near.h"
#include "stats/line.h"

static void slope_and_interval_are_those_of_scipy(void **state) {
    (void)state;
    const double x[] = {0, 1, NAN, 2, 3, 4, 5}, y[] = {1, 2.5, 9, 2, 4.5, INFINITY, 5.25};
    line_t line = line_through(7, x, y);
    assert_int_equal(line.n, 5);
    assert_near(line.slope, 0.858108108108108, 1e-14);
    assert_near(line.slopes.low, 0.24423561460416998, 1e-9);
    assert_near(line.slopes.high, 1.471980601612046, 1e-9);
}

static void two_points_have_a_slope_without_an_interval(void **state) {
    (void)state;
    line_t line = line_through(2, (double[]){1, 3}, (double[]){5, 1});
    assert_true(line.slope == -2 && isnan(line.slopes.low));
}

static void points_above_one_another_have_none(void **state) {
    (void)state;
    assert_true(isnan(line_through(3, (double[]){1, 1, 1}, (double[]){1, 2, 3}).slope));
    assert_true(isnan(line_through(0, NULL, NULL).slope));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(slope_and_interval_are_those_of_scipy),
        cmocka_unit_test(two_points_have_a_slope_without_an_interval),
        cmocka_unit_test(points_above_one_another_have_none),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
