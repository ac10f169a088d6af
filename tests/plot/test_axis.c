/* Numbers lie where they should along an axis, and its ticks are round and within it. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "plot/axis.h"

static void ends_are_0_and_1_and_the_middle_a_half(void **state) {
    (void)state;
    axis_t linear = axis_between(-2, 6, NULL);
    axis_t logarithmic = {.from = 1e-4, .to = 1, .is_log = 1};
    assert_true(axis_place(&linear, -2) == 0 && axis_place(&linear, 6) == 1);
    assert_true(axis_place(&linear, 2) == 0.5);
    assert_true(fabs(axis_place(&logarithmic, 1e-2) - 0.5) < 1e-12);
    assert_true(isnan(axis_place(&logarithmic, 0)) && isnan(axis_place(&linear, NAN)));
}

static void an_axis_holds_all_that_is_finite(void **state) {
    (void)state;
    const double x[] = {3, NAN, -1, INFINITY, 7};
    axis_t axis = axis_over(5, x, 0, NULL);
    assert_true(axis.from < -1 && axis.to > 7 && axis.to < 8);
    axis = axis_over(5, x, 1, NULL);
    assert_true(axis.from > 0 && axis.from < 3 && axis.to > 7);
}

static void an_axis_of_nothing_or_of_one_number_has_a_length(void **state) {
    (void)state;
    const double none[] = {NAN}, one[] = {5}, zero[] = {0};
    for (int is_log = 0; is_log < 2; is_log++) {
        axis_t axis = axis_over(1, none, is_log, NULL);
        assert_true(axis.from < axis.to);
        axis = axis_over(1, one, is_log, NULL);
        assert_true(axis.from < 5 && axis.to > 5);
        axis = axis_over(1, zero, is_log, NULL);
        assert_true(axis.from < axis.to);
    }
}

/* 1, 2 or 5 times a power of ten, times a whole number for linear axes. */
static void ticks_lie_within_and_rise(const axis_t *axis, size_t wanted) {
    tick_t ticks[AXIS_TICKS_MAX];
    size_t count = axis_ticks(axis, wanted, ticks);
    assert_true(count >= 1 && count <= AXIS_TICKS_MAX);
    for (size_t k = 0; k < count; k++) {
        double place = axis_place(axis, ticks[k].at);
        assert_true(place > -1e-6 && place < 1 + 1e-6);
        assert_true(k == 0 || ticks[k].at > ticks[k - 1].at);
        assert_true(fabs(strtod(ticks[k].text, NULL) - ticks[k].at) <= 1e-5 * fabs(ticks[k].at));
    }
}

static void ticks_are_within_the_axis_and_say_what_they_are(void **state) {
    (void)state;
    for (double from = -3; from < 4; from += 0.7)
        for (double length = 1e-3; length < 1e5; length *= 7) {
            axis_t axis = axis_between(from, from + length, NULL);
            for (size_t wanted = 2; wanted < 12; wanted += 3)
                ticks_lie_within_and_rise(&axis, wanted);
        }
    for (double from = 1e-7; from < 1e3; from *= 13)
        for (double ratio = 3; ratio < 1e9; ratio *= 11) {
            axis_t axis = {.from = from, .to = from * ratio, .is_log = 1};
            ticks_lie_within_and_rise(&axis, 8);
        }
}

static void names_stand_at_whole_numbers(void **state) {
    (void)state;
    static const char *const names[] = {"pre_ln", "none"};
    tick_t ticks[AXIS_TICKS_MAX];
    axis_t axis = axis_of_names(names, 2, NULL);
    assert_int_equal(axis_ticks(&axis, 10, ticks), 2);
    assert_string_equal(ticks[1].text, "none");
    assert_true(fabs(axis_place(&axis, 1) - 0.75) < 1e-12);
}

static void what_is_whole_has_whole_ticks(void **state) {
    (void)state;
    tick_t ticks[AXIS_TICKS_MAX];
    for (double to = 1; to < 40; to++) {
        axis_t axis = axis_between(0, to, NULL);
        axis.is_whole = 1;
        size_t count = axis_ticks(&axis, 10, ticks);
        assert_true(count >= 2);
        for (size_t k = 0; k < count; k++) assert_true(ticks[k].at == floor(ticks[k].at));
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(ends_are_0_and_1_and_the_middle_a_half),
        cmocka_unit_test(an_axis_holds_all_that_is_finite),
        cmocka_unit_test(an_axis_of_nothing_or_of_one_number_has_a_length),
        cmocka_unit_test(ticks_are_within_the_axis_and_say_what_they_are),
        cmocka_unit_test(names_stand_at_whole_numbers),
        cmocka_unit_test(what_is_whole_has_whole_ticks),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
