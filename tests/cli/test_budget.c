/* What a sweep will take: its work, the beginnings and ends of its trials, and no less than the
 * largest of them. Expected values by hand. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "cli/budget.h"
#include "near.h"

static const rate_t rate = {.flops = 1e9, .origin = "given"};

static void tiny_trials_take_as_long_as_they_begin_and_end(void **state) {
    (void)state;
    const budget_t budget = {.running = 4800, .flops = 4800 * 1e5, .flops_max = 1e5};
    assert_near(budget_seconds(&budget, rate, 1), 4800 * BUDGET_TRIAL_SECONDS + 0.48, 1e-9);
    assert_near(budget_seconds(&budget, rate, 2), 2400 * BUDGET_TRIAL_SECONDS + 0.24, 1e-9);
    /* measured: 2400 each for two workers took 20.4 s */
    assert_true(2400 * BUDGET_TRIAL_SECONDS > 20 && 2400 * BUDGET_TRIAL_SECONDS < 40);
}

static void nothing_is_faster_than_its_largest_trial(void **state) {
    (void)state;
    const budget_t budget = {.running = 3, .flops = 12e9, .flops_max = 10e9};
    assert_near(budget_seconds(&budget, rate, 3), 10 + BUDGET_TRIAL_SECONDS, 1e-9);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(tiny_trials_take_as_long_as_they_begin_and_end),
        cmocka_unit_test(nothing_is_faster_than_its_largest_trial),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
