/* Sweeps that stop because enough is enough, and go on when asked again. */
#include "harness.h"

/* By it a job script knows not to start the sweep again. */
static int is_marked(const char *run) {
    char path[PATH_SIZE + 16];
    snprintf(path, sizeof path, "%s/cancelled", run);
    return access(path, F_OK) == 0;
}

static void too_many_failures_stop_the_sweep(void **state) {
    (void)state;
    const char *run = new_run();
    write_spec(12, 20, 1, (const char *const[]){"fail"});
    setenv("FAKE_MAX_FAILS", "3", 1);
    assert_int_equal(run_sweep(run, "1"), STATUS_INCOMPLETE);
    unsetenv("FAKE_MAX_FAILS");
    assert_output_says("3 trials FAILED (--max-fails)");
    assert_int_equal(count_results(run), 3);
    assert_true(is_marked(run));
    assert_int_equal(run_sweep(run, "1"), STATUS_FAILED); /* resumed without a limit */
    assert_int_equal(count_results(run), 12);
    assert_false(is_marked(run));
}

static void workers_stop_at_too_many_failures(void **state) {
    (void)state;
    const char *run = new_run();
    write_spec(20, 50, 1, (const char *const[]){"fail"});
    setenv("FAKE_MAX_FAILS", "3", 1);
    assert_int_equal(run_sweep(run, "2"), STATUS_INCOMPLETE);
    unsetenv("FAKE_MAX_FAILS");
    int results = count_results(run);
    assert_true(results >= 3 && results <= 5); /* one more may just end on each */
}

static void the_time_of_the_user_runs_out(void **state) {
    (void)state;
    const char *run = new_run();
    write_plain_spec(40, 200);
    setenv("FAKE_MAX_SECONDS", "1", 1);
    assert_int_equal(run_sweep(run, "1"), STATUS_INCOMPLETE);
    unsetenv("FAKE_MAX_SECONDS");
    assert_output_says("--max-hours");
    assert_true(is_marked(run));
    int results = count_results(run);
    assert_true(results > 0 && results < 20);
}

int main(int argc, char **argv) {
    if (argc > 1) return fake_main(argc, argv);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(too_many_failures_stop_the_sweep),
        cmocka_unit_test(workers_stop_at_too_many_failures),
        cmocka_unit_test(the_time_of_the_user_runs_out),
    };
    return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
