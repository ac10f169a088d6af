/* Heartbeats: a rank that falls silent is taken for dead wherever it is, its trial is handed out
 * again, and should it come back nothing is done twice or by halves. A stopped process (SIGSTOP) is
 * as silent as one on a machine that was cut off: the master can see no more of it than that it
 * lives. */
#include "harness.h"

/* A rank of a launched sweep. */
static pid_t rank_of(pid_t launcher, int rank) {
    pid_t process = rank_below(launcher, rank);
    if (!process) fail_msg("there is no rank %d", rank);
    return process;
}

static void await_output(const char *words) {
    double deadline = clock_seconds() + PATIENCE;
    while (!strstr(read_file(output_path), words)) {
        if (clock_seconds() > deadline) fail_msg("never said '%s'", words);
        usleep(10000);
    }
}

/* Seconds: more than a busy machine lets a rank that lives wait for its turn. */
static const char silence[] = "2";

/* Trials from the so many-th start on wait until open_gate(). */
static pid_t start_with_silence(const char *run, int held_from) {
    setenv("FAKE_SILENCE", silence, 1);
    pid_t child = start_held(run, "2", held_from);
    unsetenv("FAKE_SILENCE");
    return child;
}

static void a_stall_of_many_silences_is_no_death(void **state) {
    (void)state;
    const char *run = new_run();
    write_plain_spec(2, 0);
    setenv("FAKE_DEAF", "7", 1);
    int code = end_of(start_with_silence(run, 3));
    unsetenv("FAKE_DEAF");
    assert_int_equal(code, STATUS_OK);
    assert_int_equal(log_lines("start"), 2);
    assert_null(strstr(read_file(output_path), "silent"));
}

static void the_trial_of_a_silent_rank_is_handed_out_again(void **state) {
    (void)state;
    const char *run = new_run();
    write_plain_spec(6, 1);
    pid_t sweep = start_with_silence(run, 1);
    await_starts(2);
    pid_t rank = rank_of(sweep, 2);
    kill(rank, SIGSTOP);
    open_gate();
    int code = end_of(sweep);
    kill(rank, SIGKILL);
    assert_int_equal(code, STATUS_OK);
    assert_output_says("fell silent while it ran trial");
    assert_int_equal(count_results(run), 6);
    assert_int_equal(log_lines("start"), 7);
}

static void a_rank_that_is_heard_again_goes_on(void **state) {
    (void)state;
    const char *run = new_run();
    write_plain_spec(8, 1);
    pid_t sweep = start_with_silence(run, 1);
    await_starts(2);
    pid_t rank = rank_of(sweep, 1);
    kill(rank, SIGSTOP);
    await_output("fell silent");
    kill(rank, SIGCONT);
    await_output("is heard again");
    open_gate();
    assert_int_equal(end_of(sweep), STATUS_OK);
    assert_int_equal(count_results(run), 8);
    assert_in_range(log_lines("start"), 8, 9); /* the halted one was begun twice, at most */
}

/* Computing deaf, the silent rank ends its trial after another one has: of two results, the first
 * stays as it is. */
static void the_first_of_two_results_counts(void **state) {
    (void)state;
    const char *run = new_run();
    results_t before, after;
    write_plain_spec(3, 0);
    setenv("FAKE_DEAF", "3", 1);
    pid_t sweep = start_with_silence(run, 1);
    unsetenv("FAKE_DEAF");
    await_starts(2);
    pid_t rank = rank_of(sweep, 1);
    kill(rank, SIGSTOP);
    open_gate();
    await_starts(4);
    while (count_results(run) < 2) usleep(10000);
    look(run, &before);
    kill(rank, SIGCONT); /* its trial still has to sleep; the others' results come first */
    assert_int_equal(end_of(sweep), STATUS_OK);
    look(run, &after);
    assert_int_equal(after.count, 3);
    for (int i = 0; i < 3; i++)
        if (before.file[i]) assert_int_equal(before.file[i], after.file[i]);
    forget(&before);
    forget(&after);
}

static void workers_leave_a_silent_master(void **state) {
    (void)state;
    const char *run = new_run();
    write_plain_spec(4, 1);
    pid_t sweep = start_with_silence(run, 1);
    await_starts(2);
    pid_t master = rank_of(sweep, 0), worker = rank_of(sweep, 1);
    kill(master, SIGSTOP);
    for (double deadline = clock_seconds() + PATIENCE; kill(worker, 0) == 0; usleep(20000))
        if (clock_seconds() > deadline) fail_msg("the worker stays");
    kill(master, SIGKILL);
    assert_int_equal(end_of(sweep), STATUS_INCOMPLETE);
    assert_int_equal(run_sweep(run, "2"), STATUS_OK);
    assert_int_equal(count_results(run), 4);
}

int main(int argc, char **argv) {
    if (argc > 1) return fake_main(argc, argv);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_stall_of_many_silences_is_no_death),
        cmocka_unit_test(the_trial_of_a_silent_rank_is_handed_out_again),
        cmocka_unit_test(a_rank_that_is_heard_again_goes_on),
        cmocka_unit_test(the_first_of_two_results_counts),
        cmocka_unit_test(workers_leave_a_silent_master),
    };
    return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
