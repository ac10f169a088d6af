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
        write_plain_spec(6, 1);
        pid_t sweep = start_held(run, count, 2);
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
    set_end(250);
    pid_t sweep = start_held(run, "2", 1);
    await_starts(1);
    kill(sweep, SIGUSR2);
    open_gate();
    assert_int_equal(end_of(sweep), STATUS_OK);
    finish(run, "2", 6);
}

static void a_request_after_a_warning_is_heard(void **state) {
    (void)state;
    const char *run = new_run();
    write_plain_spec(4, 1);
    set_end(250);
    pid_t sweep = start_held(run, "2", 1);
    await_starts(1);
    kill(sweep, SIGUSR2);
    usleep(700000);
    kill(sweep, SIGTERM);
    assert_int_equal(end_of(sweep), STATUS_INCOMPLETE);
    assert_output_says("stopped by signal 15");
    assert_int_equal(count_results(run), 0);
    unsetenv("SLURM_JOB_END_TIME");
}

/* Would the signal be caught by now? */
static int catches(pid_t process, int number) {
    char path[64];
    unsigned long caught = 0;
    snprintf(path, sizeof path, "/proc/%d/status", (int)process);
    const char *line = strstr(read_file(path), "SigCgt:");
    return line && sscanf(line, "SigCgt: %lx", &caught) == 1 && (caught >> (number - 1) & 1);
}

/* A sweep whose rank 0 starts MPI and waits there for rank 1, which waits at the gate. Returns its
 * mpirun, and rank 0 once it catches warnings. */
static pid_t start_half(const char *run, pid_t *rank) {
    static char wait_and_run[] = "case $(printenv $RANK) in 1) until [ -e $FAKE_GATE ]; do "
                                 "sleep 0.05; done; esac; exec \"$0\" \"$@\"";
    char program[PATH_SIZE] = "";
    assert_true(readlink("/proc/self/exe", program, sizeof program - 1) > 0);
    char *words[] = {(char *)"sh", (char *)"-c", wait_and_run, program,
                     spec_path,    (char *)run,  (char *)"9",  NULL};
    write_plain_spec(4, 1);
    pid_t mpirun = start_ranks("2", words);
    double deadline = clock_seconds() + PATIENCE;
    while (!(*rank = rank_below(mpirun, 0)) || !catches(*rank, SIGUSR2)) {
        if (clock_seconds() > deadline) fail_msg("rank 0 does not catch it");
        usleep(10000);
    }
    return mpirun;
}

static void a_warning_while_mpi_starts_is_heard(void **state) {
    (void)state;
    pid_t rank, mpirun = start_half(new_run(), &rank);
    kill(rank, SIGUSR2);
    open_gate();
    assert_int_equal(end_of(mpirun), STATUS_REQUEUE);
    assert_output_says("stopped by signal 12");
}

/* At once: were it to wait for the other rank, it would end another way, minutes later. */
static void a_request_while_mpi_starts_ends_it(void **state) {
    (void)state;
    pid_t rank, mpirun = start_half(new_run(), &rank);
    kill(rank, SIGTERM);
    int code = end_of(mpirun); /* a launcher tells of signals in its own way */
    assert_true(code == 128 + SIGTERM || code == SIGTERM);
    open_gate();
}

/* All would take twice as long as the job has, or more: its end comes, or a moment before it from
 * which on the next trial would not get far. Returns how many ended. */
static int run_job_of(int seconds, const char *workers) {
    const char *run = new_run();
    write_plain_spec(60, 66 * seconds);
    set_end(seconds);
    assert_int_equal(run_sweep(run, workers), STATUS_REQUEUE);
    if (!strstr(read_file(output_path), "the time that is left")) assert_output_says("the job");
    return count_results(run);
}

static void the_clock_stops_in_time(void **state) {
    (void)state;
    for (int workers = 1; workers <= 2; workers++) {
        int seconds = 6, done;
        while ((done = run_job_of(seconds, workers == 1 ? "1" : "2")) == 0 && seconds < 48)
            seconds *= 2; /* so slow is the machine that no trial began in time */
        assert_in_range(done, 1, 59);
    }
    unsetenv("SLURM_JOB_END_TIME");
}

/* Trials that never look up: the master does not wait for them until it is killed. */
static void ranks_that_do_not_answer_are_left_behind(void **state) {
    (void)state;
    const char *run = NULL;
    write_plain_spec(4, 10);
    setenv("FAKE_DEAF", "600", 1);
    for (int seconds = 4, starts = 0; starts < 2 && seconds <= 32; seconds *= 2) {
        run = new_run(); /* and once more where the ranks took so long to start */
        set_end(seconds);
        int code = run_sweep(run, "2");
        starts = log_lines("start");
        if (code != STATUS_REQUEUE) break;
    }
    unsetenv("FAKE_DEAF");
    assert_int_equal(log_lines("start"), 2);
    assert_output_says("the job");
    assert_int_equal(count_results(run), 0);
    finish(run, "2", 4);
}

int main(int argc, char **argv) {
    if (argc > 1) return fake_main(argc, argv);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_warning_stops_and_asks_for_another_run),
        cmocka_unit_test(a_warning_near_the_end_of_time_changes_nothing),
        cmocka_unit_test(a_request_after_a_warning_is_heard),
        cmocka_unit_test(a_warning_while_mpi_starts_is_heard),
        cmocka_unit_test(a_request_while_mpi_starts_ends_it),
        cmocka_unit_test(the_clock_stops_in_time),
        cmocka_unit_test(ranks_that_do_not_answer_are_left_behind),
    };
    return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
