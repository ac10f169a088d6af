/* Deadlines: how much time is left, and what still fits in. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/clock.h"
#include "dispatch/deadline.h"
#include "near.h"

/* A deadline for a job that ends in so many seconds. */
static deadline_t ends_in(double seconds) {
    char text[32];
    snprintf(text, sizeof text, "%.3f", clock_unix() + seconds);
    setenv("SLURM_JOB_END_TIME", text, 1);
    deadline_t deadline = deadline_create(clock_seconds(), 0);
    unsetenv("SLURM_JOB_END_TIME");
    return deadline;
}

static void without_a_batch_system_there_is_none(void **state) {
    (void)state;
    deadline_t deadline = deadline_create(clock_seconds(), 0);
    deadline_calibrate(&deadline, 1, 1);
    assert_false(deadline_is_here(&deadline, clock_seconds()));
    assert_false(deadline_explains_warning(&deadline, clock_seconds()));
    assert_true(isinf(deadline_affordable(&deadline, clock_seconds())));
    assert_true(deadline_is_worth_beginning(&deadline, clock_seconds(), 1e300));
}

static void the_last_tenth_or_minute_is_for_saving(void **state) {
    (void)state;
    deadline_t day = ends_in(86400), hour = ends_in(3600), short_one = ends_in(120);
    assert_near(day.end - day.stop, 60, 1e-6);
    assert_near(hour.end - hour.stop, 60, 1e-6);
    assert_near(short_one.end - short_one.stop, 12, 0.1);
    assert_near(hour.end - clock_seconds(), 3600, 1);
}

static void it_comes(void **state) {
    (void)state;
    deadline_t past = ends_in(-5), soon = ends_in(0.1);
    assert_true(deadline_is_here(&past, clock_seconds()));
    assert_false(deadline_is_here(&soon, clock_seconds()));
    usleep(150000);
    assert_true(deadline_is_here(&soon, clock_seconds()));
}

/* Slurm sends --signal=USR2@180 up to a minute early, and to a 2-minute job at its start. */
static void warnings_near_the_end_say_nothing_new(void **state) {
    (void)state;
    deadline_t near = ends_in(240), far = ends_in(400), short_job = ends_in(110);
    assert_true(deadline_explains_warning(&near, clock_seconds()));
    assert_true(deadline_explains_warning(&short_job, clock_seconds()));
    assert_false(deadline_explains_warning(&far, clock_seconds()));
}

static void trials_fit_by_the_slowest_pace_seen(void **state) {
    (void)state;
    deadline_t deadline = ends_in(160); /* 144 s to work, 16 to save */
    assert_true(isinf(deadline_affordable(&deadline, clock_seconds())));
    deadline_calibrate(&deadline, 100, 50);
    deadline_calibrate(&deadline, 100, 200);
    deadline_calibrate(&deadline, 100, 10);
    deadline_calibrate(&deadline, 0, 10); /* a trial expected to cost nothing tells nothing */
    assert_near(deadline_affordable(&deadline, clock_seconds()), 144.0 / 2, 0.5);
    assert_true(deadline_is_worth_beginning(&deadline, clock_seconds(), 19 * 72));
    assert_false(deadline_is_worth_beginning(&deadline, clock_seconds(), 21 * 72));
}

static void a_budget_is_a_deadline_of_its_own(void **state) {
    (void)state;
    deadline_t budget = deadline_create(1000, 60);
    assert_true(budget.is_budget);
    assert_false(deadline_is_here(&budget, 1059));
    assert_true(deadline_is_here(&budget, 1060));
    assert_false(deadline_is_past(&budget, 1060));
    assert_true(deadline_is_past(&budget, 1120));
    assert_false(deadline_explains_warning(&budget, 1059)); /* a batch system's warning counts */
}

static void the_earlier_of_budget_and_job_end_counts(void **state) {
    (void)state;
    char text[32];
    snprintf(text, sizeof text, "%.3f", clock_unix() + 3600);
    setenv("SLURM_JOB_END_TIME", text, 1);
    assert_true(deadline_create(0, 600).is_budget);
    assert_false(deadline_create(0, 7200).is_budget);
    unsetenv("SLURM_JOB_END_TIME");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(without_a_batch_system_there_is_none),
        cmocka_unit_test(the_last_tenth_or_minute_is_for_saving),
        cmocka_unit_test(it_comes),
        cmocka_unit_test(warnings_near_the_end_say_nothing_new),
        cmocka_unit_test(trials_fit_by_the_slowest_pace_seen),
        cmocka_unit_test(a_budget_is_a_deadline_of_its_own),
        cmocka_unit_test(the_earlier_of_budget_and_job_end_counts),
    };
    unsetenv("SLURM_JOB_END_TIME");
    return cmocka_run_group_tests(tests, NULL, NULL);
}
