/* Which trial goes next. Oracle: sorting. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/rng.h"
#include "dispatch/schedule.h"

static void put(schedule_t *schedule, size_t trial, double flops) {
    schedule_put(schedule, &(schedule_entry_t){trial, flops, flops});
}

static void longest_goes_first_and_equals_in_plan_order(void **state) {
    (void)state;
    enum { N = 500 };
    schedule_t schedule;
    schedule_entry_t entry, before = {0, 1e300, 0};
    rng_t rng = rng_open(1, 0, "schedule", 0);
    assert_int_equal(schedule_create(N, &schedule), STATUS_OK);
    for (size_t i = 0; i < N; i++) put(&schedule, i, (double)rng_below(&rng, 20));
    for (int i = 0; i < N; i++) {
        assert_true(schedule_take(&schedule, &entry));
        int is_ordered =
            entry.priority < before.priority ||
            (entry.priority == before.priority && (i == 0 || entry.trial > before.trial));
        assert_true(is_ordered);
        before = entry;
    }
    assert_false(schedule_take(&schedule, &entry));
    schedule_destroy(&schedule);
}

static void every_trial_comes_out_once_also_when_put_back(void **state) {
    (void)state;
    enum { N = 64 };
    int seen[N] = {0};
    schedule_t schedule;
    schedule_entry_t entry;
    assert_int_equal(schedule_create(N, &schedule), STATUS_OK);
    for (size_t i = 0; i < N; i++) put(&schedule, i, (double)(i * 37 % 11));
    for (int i = 0; i < 10; i++) { /* a rank dies: its trial waits again */
        assert_true(schedule_take(&schedule, &entry));
        schedule_put(&schedule, &entry);
    }
    while (schedule_take(&schedule, &entry)) seen[entry.trial]++;
    for (int i = 0; i < N; i++) assert_int_equal(seen[i], 1);
    schedule_destroy(&schedule);
}

/* Oracle: looking at all. */
static void the_first_that_fits_comes_out_and_the_rest_stays_in_order(void **state) {
    (void)state;
    enum { N = 300 };
    double flops[N];
    schedule_t schedule;
    schedule_entry_t entry;
    int is_in[N];
    rng_t rng = rng_open(2, 0, "schedule", 0);
    assert_int_equal(schedule_create(N, &schedule), STATUS_OK);
    for (size_t i = 0; i < N; i++) {
        is_in[i] = 1;
        flops[i] = (double)rng_below(&rng, 50);
        put(&schedule, i, flops[i]);
    }
    for (int round = 0; round < N; round++) {
        double limit = round % 3 ? (double)rng_below(&rng, 50) : 1e300;
        int best = -1;
        for (int i = 0; i < N; i++)
            if (is_in[i] && flops[i] <= limit && (best < 0 || flops[i] > flops[best])) best = i;
        assert_int_equal(schedule_take_within(&schedule, limit, &entry), best >= 0);
        if (best < 0) continue;
        assert_int_equal(entry.trial, best);
        is_in[best] = 0;
    }
    schedule_destroy(&schedule);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(longest_goes_first_and_equals_in_plan_order),
        cmocka_unit_test(every_trial_comes_out_once_also_when_put_back),
        cmocka_unit_test(the_first_that_fits_comes_out_and_the_rest_stays_in_order),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
