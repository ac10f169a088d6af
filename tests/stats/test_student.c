/* Student's t against SciPy 1.15 (scipy.stats.t) and its closed forms. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <math.h>

#include "near.h"
#include "stats/student.h"

static void one_and_two_degrees_have_closed_forms(void **state) {
    (void)state; /* Cauchy's law: 1 - 2/pi atan t;  1 - t / sqrt(2 + t^2) */
    for (double t = 0; t < 50; t = 1.5 * t + 0.1) {
        assert_near(student_p(t, 1), 1 - 2 / M_PI * atan(t), 1e-13);
        assert_near(student_p(-t, 2), 1 - t / sqrt(2 + t * t), 1e-13);
    }
}

static void many_degrees_are_the_normal_law(void **state) {
    (void)state;
    assert_near(student_p(1.3, 1e6), erfc(1.3 / M_SQRT2), 1e-6);
    assert_near(student_95(1e6), 1.959963984540054, 1e-5);
}

static void tabled_quantiles_are_met(void **state) {
    (void)state;
    static const double table[][2] = {{1, 12.706204736432095},  {2, 4.302652729911275},
                                      {4, 2.7764451051977987},  {10, 2.2281388519649385},
                                      {24, 2.0638985616280205}, {120, 1.979930405082422}};
    for (int i = 0; i < 6; i++) {
        assert_near(student_95(table[i][0]), table[i][1], 1e-9);
        assert_near(student_p(table[i][1], table[i][0]), 0.05, 1e-10);
    }
    assert_near(student_p(2, 3), 0.13932596855884, 1e-12);
}

static void without_degrees_nothing_is_said(void **state) {
    (void)state;
    assert_true(isnan(student_p(2, 0)) && isnan(student_95(0)) && isnan(student_95(NAN)));
    assert_true(isnan(student_p(NAN, 3)));
    assert_true(student_p(0, 3) == 1 && student_p(INFINITY, 3) == 0);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(one_and_two_degrees_have_closed_forms),
        cmocka_unit_test(many_degrees_are_the_normal_law),
        cmocka_unit_test(tabled_quantiles_are_met),
        cmocka_unit_test(without_degrees_nothing_is_said),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
