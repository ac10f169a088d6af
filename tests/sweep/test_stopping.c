/* What a sweep does when a batch system wants its machine back. */
#include "harness.h"

static void set_end(double seconds) {
    char text[32];
    snprintf(text, sizeof text, "%.2f", clock_unix() + seconds);
    setenv("SLURM_JOB_END_TIME", text, 1);
}

/* Runs it to the end without any deadline: every trial once. */
static void finish(const char *run, const char *workers, int trials) {
    unsetenv("SLURM_JOB_END_TIME");
    assert_int_equal(run_sweep(run, workers), STATUS_OK);
    assert_int_equal(count_results(run), trials);
}

static void a_warning_stops_and_asks_for_another_run(void **state) {
    (void)state;
    for (int workers = 1; workers <= 2; workers++) {
        const char *run = new_run(), *count = workers == 1 ? "1" : "2";
        write_plain_spec(6, 300);
        pid_t sweep = start(run, count, NULL);
        await_starts(2);
        kill(sweep, SIGUSR2);
        assert_int_equal(end_of(sweep), STATUS_REQUEUE);
        assert_output_says("stopped by signal 12");
        finish(run, count, 6);
    }
}

/* Slurm's own warning comes when it likes; the clock decides. */
static void a_warning_near_the_end_of_time_changes_nothing(void **state) {
    (void)state;
    const char *run = new_run();
    write_plain_spec(6, 200);
    set_end(60);
    pid_t sweep = start(run, "2", NULL);
    await_starts(1);
    kill(sweep, SIGUSR2);
    assert_int_equal(end_of(sweep), STATUS_OK);
    finish(run, "2", 6);
}

static void a_request_after_a_warning_is_heard(void **state) {
    (void)state;
    const char *run = new_run();
    write_plain_spec(4, 2000);
    set_end(60);
    pid_t sweep = start(run, "2", NULL);
    await_starts(1);
    kill(sweep, SIGUSR2);
    usleep(700000);
    kill(sweep, SIGTERM);
    assert_int_equal(end_of(sweep), STATUS_INCOMPLETE);
    assert_output_says("stopped by signal 15");
    assert_int_equal(count_results(run), 0);
    unsetenv("SLURM_JOB_END_TIME");
}

/* All would take 15 s or more, the job has eight. */
static void the_clock_stops_in_time(void **state) {
    (void)state;
    for (int workers = 1; workers <= 2; workers++) {
        const char *run = new_run(), *count = workers == 1 ? "1" : "2";
        write_plain_spec(60, 500);
        set_end(8);
        assert_int_equal(run_sweep(run, count), STATUS_REQUEUE);
        assert_output_says("the job");
        int done = count_results(run);
        assert_true(done > 0 && done < 60);
    }
    unsetenv("SLURM_JOB_END_TIME");
}

/* Trials that never look up: the master does not wait for them until it is killed. */
static void ranks_that_do_not_answer_are_left_behind(void **state) {
    (void)state;
    const char *run = new_run();
    write_plain_spec(4, 10);
    set_end(4);
    double end = clock_seconds() + 4;
    setenv("FAKE_DEAF", "20", 1);
    pid_t sweep = start(run, "2", NULL);
    await_starts(2);
    while (!strstr(read_file(output_path), "the job") && clock_seconds() < end) usleep(10000);
    unsetenv("FAKE_DEAF");
    int code = end_of(sweep);
    assert_int_equal(code, STATUS_REQUEUE);
    assert_int_equal(count_results(run), 0);
    finish(run, "2", 4);
}

int main(int argc, char **argv) {
    if (argc > 1) return fake_main(argc, argv);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_warning_stops_and_asks_for_another_run),
        cmocka_unit_test(a_warning_near_the_end_of_time_changes_nothing),
        cmocka_unit_test(a_request_after_a_warning_is_heard),
        cmocka_unit_test(the_clock_stops_in_time),
        cmocka_unit_test(ranks_that_do_not_answer_are_left_behind),
    };
    return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
