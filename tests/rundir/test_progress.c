/* What is said about a running sweep. Expected values by hand. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "near.h"
#include "rundir/live.h"

static progress_t example(void) {
    progress_t progress = {
        .total = 48, .running = 2, .ended = 10, .cost_ended = 300, .cost_left = 600, .seconds = 40};
    progress.count[TRIAL_PENDING] = 36;
    progress.count[TRIAL_COMPLETED] = 8;
    progress.count[TRIAL_DIVERGED] = 3;
    progress.count[TRIAL_FAILED] = 1;
    return progress;
}

static void line_counts_done_by_state_rate_and_time_left(void **state) {
    (void)state;
    char text[PROGRESS_TEXT_MAX];
    progress_t progress = example();
    progress_print(&progress, text);
    assert_string_equal(text,
                        "12 of 48 done (3 diverged, 1 failed), 2 running, 15/min, 1m 20s left");
}

static void time_left_goes_by_expected_work_not_by_trials(void **state) {
    (void)state;
    progress_t progress = example(); /* 300 FLOPs took 40 s: 600 more take 80 s */
    assert_true(progress_eta(&progress) == 80);
}

/* 24 of the 36 that wait will be left out: a third of the time. */
static void of_a_search_only_what_it_asks_for_counts(void **state) {
    (void)state;
    char text[PROGRESS_TEXT_MAX];
    progress_t progress = example();
    progress.at_most = 24;
    assert_near(progress_eta(&progress), 80.0 / 3, 1e-9);
    progress_print(&progress, text);
    assert_string_equal(
        text, "12 of at most 24 done (3 diverged, 1 failed), 2 running, 15/min, 26.7 s left");
}

static void nothing_is_foretold_before_the_first_end(void **state) {
    (void)state;
    char text[PROGRESS_TEXT_MAX];
    progress_t progress = {.total = 5, .count = {5}, .running = 1, .cost_left = 10, .seconds = 3};
    assert_true(isnan(progress_eta(&progress)));
    progress_print(&progress, text);
    assert_string_equal(text, "0 of 5 done, 1 running");
}

static void states_are_listed_with_pending_last(void **state) {
    (void)state;
    char text[PROGRESS_TEXT_MAX];
    progress_t progress = example();
    progress_print_states(progress.count, text);
    assert_string_equal(text, "8 completed, 3 diverged, 1 failed, 36 pending");
}

static void live_file_is_read_back_as_written(void **state) {
    (void)state;
    char folder[] = "/tmp/koopsweep-live-XXXXXX";
    live_trial_t running[2] = {{"0123456789ab", 1, 2.5}, {"ba9876543210", 3, 0.25}};
    live_t before = {.updated = 12345.5,
                     .workers = 4,
                     .progress = example(),
                     .running = running,
                     .running_count = 2};
    live_t after;
    assert_non_null(mkdtemp(folder));
    live_write(folder, &before);
    assert_int_equal(live_read(folder, &after), STATUS_OK);
    assert_memory_equal(&after.progress, &before.progress, sizeof after.progress);
    assert_true(after.updated == before.updated && after.workers == 4);
    assert_int_equal(after.running_count, 2);
    assert_string_equal(after.running[1].id, "ba9876543210");
    assert_true(after.running[1].rank == 3 && after.running[1].seconds == 0.25);
    live_clear(&after);
    live_remove(folder);
    assert_int_equal(live_read(folder, &after), STATUS_INCOMPLETE);
    assert_int_equal(rmdir(folder), 0);
}

static void a_foreign_live_file_is_refused_not_believed(void **state) {
    (void)state;
    char folder[] = "/tmp/koopsweep-live-XXXXXX", path[64];
    live_t live;
    assert_non_null(mkdtemp(folder));
    snprintf(path, sizeof path, "%s/progress.json", folder);
    FILE *file = fopen(path, "w");
    fputs("{\"workers\": 1, \"states\": [3,", file);
    fclose(file);
    assert_int_equal(live_read(folder, &live), STATUS_INCOMPLETE);
    file = fopen(path, "w");
    fputs("{\"workers\": \"x\", \"states\": [3], \"running\": [1, {\"id\": 3}]}", file);
    fclose(file);
    assert_int_equal(live_read(folder, &live), STATUS_OK);
    assert_int_equal(live.running_count, 0);
    live_clear(&live);
    live_remove(folder);
    assert_int_equal(rmdir(folder), 0);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(line_counts_done_by_state_rate_and_time_left),
        cmocka_unit_test(time_left_goes_by_expected_work_not_by_trials),
        cmocka_unit_test(of_a_search_only_what_it_asks_for_counts),
        cmocka_unit_test(nothing_is_foretold_before_the_first_end),
        cmocka_unit_test(states_are_listed_with_pending_last),
        cmocka_unit_test(live_file_is_read_back_as_written),
        cmocka_unit_test(a_foreign_live_file_is_refused_not_believed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
