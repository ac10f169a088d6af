/* Whole sweeps of fake trials, alone and under mpirun: what they leave behind, what they refuse. */
#include "harness.h"
#include "rundir/lock.h"

static void results_do_not_depend_on_the_number_of_workers(void **state) {
    (void)state;
    static const char *const workers[] = {"1", "2", "4", "7"}; /* more than cores, too */
    char first[PATH_SIZE];
    results_t results;
    write_plain_spec(12, 5);
    for (int i = 0; i < 4; i++) {
        const char *run = new_run();
        assert_int_equal(run_sweep(run, workers[i]), STATUS_OK);
        assert_int_equal(log_lines("start"), 12);
        if (i == 0) strcpy(first, run);
        look(run, &results);
        assert_int_equal(results.count, 12);
        assert_int_equal(store_compare(first, run, results.plan, results.plan), STATUS_OK);
        forget(&results);
    }
}

static void diverged_trials_are_results(void **state) {
    (void)state;
    const char *run = new_run();
    write_plain_spec(10, 0);
    assert_int_equal(run_sweep(run, "2"), STATUS_OK);
    assert_int_equal(count_state(run, TRIAL_DIVERGED), 5);
    assert_output_says("5 completed, 5 diverged");
}

static void a_finished_sweep_is_left_alone(void **state) {
    (void)state;
    const char *run = new_run();
    results_t before, after;
    write_plain_spec(6, 0);
    assert_int_equal(run_sweep(run, "2"), STATUS_OK);
    look(run, &before);
    unlink(log_path);
    assert_int_equal(run_sweep(run, "2"), STATUS_OK);
    assert_output_says("nothing to do");
    look(run, &after);
    assert_kept(&before, &after);
    forget(&before);
    forget(&after);
}

static void a_changed_spec_is_refused_with_the_difference(void **state) {
    (void)state;
    const char *run = new_run();
    write_plain_spec(4, 1);
    assert_int_equal(run_sweep(run, "1"), STATUS_OK);
    unlink(log_path);
    write_plain_spec(4, 2);
    assert_int_equal(run_sweep(run, "2"), STATUS_SPEC);
    assert_output_says("- fake.milliseconds: 1");
    assert_output_says("+ fake.milliseconds: 2");
    assert_output_says("--out");
    assert_int_equal(log_lines("start"), 0);
}

static void a_directory_with_foreign_files_is_refused(void **state) {
    (void)state;
    write_plain_spec(4, 1);
    assert_int_equal(run_sweep(folder, "1"), STATUS_SPEC);
    assert_output_says("is no run directory and not empty");
}

static void a_failing_trial_is_kept_with_its_message(void **state) {
    (void)state;
    const char *run = new_run();
    char name[TRIAL_STATE_MAX];
    results_t results;
    record_t record = {0};
    write_spec(6, 0, 3, (const char *const[]){"fail", "complete", "bad"});
    assert_int_equal(run_sweep(run, "2"), STATUS_FAILED);
    assert_output_says("2 completed, 4 failed");
    look(run, &results);
    assert_int_equal(store_read_trial(run, plan_trial(results.plan, 0), name, &record), STATUS_OK);
    assert_string_equal(name, "FAILED");
    assert_string_equal(record_find(&record, "outcome/message")->data, "no room for it");
    record_clear(&record);
    forget(&results);
}

static void failed_trials_run_again_only_when_asked(void **state) {
    (void)state;
    const char *run = new_run();
    write_spec(6, 0, 3, (const char *const[]){"fail", "complete", "complete"});
    assert_int_equal(run_sweep(run, "1"), STATUS_FAILED);
    unlink(log_path);
    assert_int_equal(run_sweep(run, "1"), STATUS_FAILED);
    assert_int_equal(log_lines("start"), 0);
    assert_int_equal(end_of(start(run, "2", "retry")), STATUS_FAILED);
    assert_int_equal(log_lines("start"), 2);
    assert_int_equal(count_results(run), 6);
}

static void a_second_master_is_sent_away_within_five_seconds(void **state) {
    (void)state;
    const char *run = new_run();
    write_plain_spec(4, 1);
    pid_t first = start_held(run, "2", 1);
    await_starts(1);
    assert_int_equal(run_sweep(run, "2"), STATUS_BUSY);
    assert_true(LOCK_PATIENCE_SECONDS < 5); /* so long it tries; a slow machine is not its fault */
    assert_output_says("is in use by process");
    open_gate();
    assert_int_equal(end_of(first), STATUS_OK);
    assert_int_equal(log_lines("start"), 4);
}

static void under_mpirun_given_by_the_user_all_is_the_same(void **state) {
    (void)state;
    static const char *const sizes[] = {"1", "3"};
    char program[PATH_SIZE];
    ssize_t length = readlink("/proc/self/exe", program, sizeof program - 1);
    assert_true(length > 0);
    program[length] = '\0';
    for (int i = 0; i < 2; i++) {
        char run[PATH_SIZE];
        strcpy(run, new_run());
        char *words[] = {program, spec_path, run, (char *)"9", NULL};
        write_plain_spec(8, 5);
        assert_int_equal(end_of(start_ranks(sizes[i], words)), STATUS_OK);
        assert_int_equal(log_lines("start"), 8);
        write_spec(8, 6, 2, (const char *const[]){"fail", "complete"});
        assert_int_equal(end_of(start_ranks(sizes[i], words)), STATUS_SPEC); /* all, no hang */
    }
}

/* Seconds all threads of a process have computed so far. */
static double computed(pid_t process) {
    clockid_t clock;
    struct timespec time = {0};
    assert_int_equal(clock_getcpuclockid(process, &clock), 0);
    assert_int_equal(clock_gettime(clock, &time), 0);
    return (double)time.tv_sec + 1e-9 * (double)time.tv_nsec;
}

static void an_idle_master_takes_under_one_percent_of_a_core(void **state) {
    (void)state;
    const char *run = new_run();
    write_plain_spec(2, 1);
    pid_t launcher = start_held(run, "2", 1);
    await_starts(2);
    usleep(1000000);
    pid_t mpirun = child_of(launcher), master = rank_below(launcher, 0);
    assert_true(master > 0);
    double began = clock_seconds(),
           before = computed(launcher) + computed(mpirun) + computed(master);
    usleep(6000000); /* a moment's disturbance shall not decide */
    double after = computed(launcher) + computed(mpirun) + computed(master);
    double share = (after - before) / (clock_seconds() - began);
    open_gate();
    print_message("launcher, mpirun and master together: %.2f %% of a core\n", 100 * share);
    assert_int_equal(end_of(launcher), STATUS_OK);
    assert_true(share < 0.01);
}

static void a_directory_that_cannot_be_made_is_the_environments_fault(void **state) {
    (void)state;
    write_plain_spec(2, 0);
    assert_int_equal(run_sweep("/proc/koopsweep/run", "2"), STATUS_ENVIRONMENT);
    assert_output_says("cannot make the folder");
}

static void without_mpirun_the_remedy_is_named(void **state) {
    (void)state;
    const char *run = new_run();
    char path[4096];
    snprintf(path, sizeof path, "%s", getenv("PATH"));
    write_plain_spec(2, 0);
    setenv("PATH", "/nowhere", 1);
    int code = run_sweep(run, "2");
    setenv("PATH", path, 1);
    assert_int_equal(code, STATUS_ENVIRONMENT);
    assert_output_says("-n 1");
    assert_int_equal(run_sweep(run, "1"), STATUS_OK);
}

/* A pipe can be read once, by one process. */
static void a_sweep_file_may_be_a_pipe(void **state) {
    (void)state;
    static const char *const workers[] = {"1", "2"};
    char program[PATH_SIZE] = "", line[4 * PATH_SIZE];
    assert_true(readlink("/proc/self/exe", program, sizeof program - 1) > 0);
    write_plain_spec(4, 1);
    for (int i = 0; i < 2; i++) {
        const char *run = new_run();
        snprintf(line, sizeof line, "cat '%s' | '%s' /dev/stdin '%s' %s", spec_path, program, run,
                 workers[i]);
        char *words[] = {(char *)"sh", (char *)"-c", line, NULL};
        assert_int_equal(end_of(start_words(words)), STATUS_OK);
        assert_int_equal(count_results(run), 4);
        snprintf(line, sizeof line, "cmp '%s' '%s/spec.yaml'", spec_path, run);
        assert_int_equal(system(line), 0);
    }
}

int main(int argc, char **argv) {
    if (argc > 1) return fake_main(argc, argv);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(results_do_not_depend_on_the_number_of_workers),
        cmocka_unit_test(diverged_trials_are_results),
        cmocka_unit_test(a_finished_sweep_is_left_alone),
        cmocka_unit_test(a_changed_spec_is_refused_with_the_difference),
        cmocka_unit_test(a_directory_with_foreign_files_is_refused),
        cmocka_unit_test(a_failing_trial_is_kept_with_its_message),
        cmocka_unit_test(failed_trials_run_again_only_when_asked),
        cmocka_unit_test(a_second_master_is_sent_away_within_five_seconds),
        cmocka_unit_test(under_mpirun_given_by_the_user_all_is_the_same),
        cmocka_unit_test(an_idle_master_takes_under_one_percent_of_a_core),
        cmocka_unit_test(a_directory_that_cannot_be_made_is_the_environments_fault),
        cmocka_unit_test(without_mpirun_the_remedy_is_named),
        cmocka_unit_test(a_sweep_file_may_be_a_pipe),
    };
    return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
