/* Learning-rate schedules are closed forms of the step. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <math.h>

#include "near.h"
#include "optim/optim.h"

static void warm_up_rises_on_a_line_to_the_peak(void **state) {
    (void)state;
    const struct schedule_options options = {"constant", .lr = 0.8, .factor = 1, .warmup = 4};
    const double expected[] = {0.2, 0.4, 0.6, 0.8, 0.8, 0.8};
    for (int step = 0; step < 6; step++)
        assert_near(schedule_lr(&options, step, 100), expected[step], 1e-15);
}

static void the_factor_scales_all_of_it(void **state) {
    (void)state;
    const struct schedule_options options = {"linear", .lr = 2, .factor = 0.1, .warmup = 2};
    assert_near(schedule_lr(&options, 0, 10), 0.1, 1e-15);
    assert_near(schedule_lr(&options, 2, 10), 0.2, 1e-15);
}

static void constant_stays(void **state) {
    (void)state;
    const struct schedule_options options = {"constant", .lr = 0.003, .factor = 1, .final = 0.5};
    for (int step = 0; step < 10; step++) assert_true(schedule_lr(&options, step, 10) == 0.003);
}

static void linear_falls_to_its_end(void **state) {
    (void)state;
    const struct schedule_options options = {"linear", .lr = 1, .factor = 1, .warmup = 10,
                                             .final = 0.2};
    assert_near(schedule_lr(&options, 10, 110), 1, 1e-15);
    assert_near(schedule_lr(&options, 60, 110), 0.6, 1e-15);
    assert_near(schedule_lr(&options, 109, 110), 0.2 + 0.8 / 100, 1e-15);
    assert_near(schedule_lr(&options, 110, 110), 0.2, 1e-15);
}

static void cosine_falls_to_its_end(void **state) {
    (void)state;
    const struct schedule_options options = {"cosine", .lr = 2, .factor = 1, .final = 0.1};
    assert_near(schedule_lr(&options, 0, 60), 2, 1e-15);
    assert_near(schedule_lr(&options, 20, 60), 2 * (0.1 + 0.9 * 0.75), 1e-15);
    assert_near(schedule_lr(&options, 30, 60), 2 * 0.55, 1e-15);
    assert_near(schedule_lr(&options, 60, 60), 0.2, 1e-15);
}

static void a_warm_up_longer_than_the_run_never_ends(void **state) {
    (void)state;
    const struct schedule_options options = {"cosine", .lr = 1, .factor = 1, .warmup = 200};
    assert_near(schedule_lr(&options, 99, 100), 0.5, 1e-15);
}

static void every_schedule_starts_at_the_peak(void **state) {
    (void)state;
    for (int i = 0; schedule_rows[i]; i++) {
        assert_near(schedule_rows[i]->factor(0, 0.3), 1, 1e-15);
        assert_string_equal(schedule_names()[i], schedule_rows[i]->name);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(warm_up_rises_on_a_line_to_the_peak),
        cmocka_unit_test(the_factor_scales_all_of_it),
        cmocka_unit_test(constant_stays),
        cmocka_unit_test(linear_falls_to_its_end),
        cmocka_unit_test(cosine_falls_to_its_end),
        cmocka_unit_test(a_warm_up_longer_than_the_run_never_ends),
        cmocka_unit_test(every_schedule_starts_at_the_peak),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
