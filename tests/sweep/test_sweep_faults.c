/* Sweeps that are interrupted, killed, crashed or out of disk: nothing finished is lost or run
 * again, and the next run ends what is left. */
#include <sys/mount.h>

#include "harness.h"

static void stop_and_resume(const char *workers, int signal_number) {
    const char *run = new_run();
    results_t before, after;
    write_plain_spec(20, 5);
    pid_t child = start_held(run, workers, 5);
    await_starts(5);
    kill(child, signal_number);
    assert_int_equal(end_of(child), STATUS_INCOMPLETE);
    assert_output_says("run the same command again");
    look(run, &before);
    assert_in_range(before.count, 2, 19);
    unlink(log_path);
    assert_int_equal(run_sweep(run, workers), STATUS_OK);
    look(run, &after);
    assert_int_equal(after.count, 20);
    assert_kept(&before, &after);
    assert_int_equal(log_lines("start"), 20 - before.count);
    forget(&before);
    forget(&after);
}

static void an_interrupted_sweep_resumes(void **state) {
    (void)state;
    stop_and_resume("1", SIGINT);
    stop_and_resume("2", SIGINT);
    stop_and_resume("3", SIGTERM);
}

/* The trials do not look up: a clean stop would take ten minutes. The second one may come before
 * the sweep has heard the first, hence a third. */
static void a_second_interrupt_kills_at_once(void **state) {
    (void)state;
    int wait_status = 0;
    const char *run = new_run();
    write_plain_spec(2, 100);
    setenv("FAKE_DEAF", "600", 1);
    pid_t child = start(run, "2", NULL);
    unsetenv("FAKE_DEAF");
    await_starts(2);
    for (int i = 0; i < 100 && waitpid(child, &wait_status, WNOHANG) != child; i++) {
        kill(child, SIGINT);
        usleep(700000);
    }
    assert_true(WIFEXITED(wait_status));
    assert_int_equal(WEXITSTATUS(wait_status), STATUS_INCOMPLETE);
}

/* Whom the next kill hits: the launching process, mpirun, or one of the ranks. */
static void kill_some_of(pid_t launcher, int turn) {
    pid_t mpirun = child_of(launcher), rank = rank_below(launcher, 0);
    switch (turn % 3) {
    case 0:
        kill(-launcher, SIGKILL);
        break;
    case 1:
        kill(mpirun ? -mpirun : launcher, SIGKILL);
        break;
    default:
        kill(rank ? rank : launcher, SIGKILL);
    }
}

static void killed_twenty_times_each_trial_ends_once(void **state) {
    (void)state;
    enum { TRIALS = 48, KILLS = 20 };
    const char *run = new_run();
    results_t before, after;
    rng_t rng = rng_open(3, 0, "kill", 0);
    write_plain_spec(TRIALS, 120);
    look(run, &before);
    for (int kills = 0; kills < KILLS; kills++) {
        pid_t child = start(run, "2", NULL);
        usleep((useconds_t)(100000 + rng_below(&rng, 700000)));
        kill_some_of(child, kills);
        int code = end_of(child);
        assert_true(code == STATUS_INCOMPLETE || code == 128 + SIGKILL || code == STATUS_OK ||
                    code == STATUS_ENVIRONMENT);
        look(run, &after);
        assert_kept(&before, &after);
        forget(&before);
        before = after;
        unlink(log_path);
    }
    assert_int_equal(run_sweep(run, "2"), STATUS_OK);
    look(run, &after);
    assert_int_equal(after.count, TRIALS);
    assert_kept(&before, &after);
    assert_int_equal(log_lines("start"), TRIALS - before.count);
    forget(&before);
    forget(&after);
}

static void a_trial_that_kills_its_ranks_is_given_up(void **state) {
    (void)state;
    const char *run = new_run();
    write_spec(9, 20, 9,
               (const char *const[]){"complete", "complete", "complete", "crash", "complete",
                                     "diverge", "complete", "complete", "complete"});
    assert_int_equal(run_sweep(run, "4"), STATUS_FAILED);
    assert_output_says("died while it ran trial");
    assert_int_equal(count_state(run, TRIAL_COMPLETED), 7);
    assert_int_equal(count_state(run, TRIAL_FAILED), 1);
    assert_int_equal(log_lines("start"), 10); /* the crash twice */
}

static void a_crash_that_takes_every_worker_is_given_up_by_the_next_run(void **state) {
    (void)state;
    const char *run = new_run();
    write_spec(1, 0, 1, (const char *const[]){"crash"});
    assert_int_equal(run_sweep(run, "2"), STATUS_INCOMPLETE); /* one trial: one worker, one death */
    assert_output_says("all workers died");
    assert_int_equal(run_sweep(run, "2"), STATUS_FAILED);
    assert_int_equal(count_state(run, TRIAL_FAILED), 1);
}

/* 1 MiB of disk, filled so far that a few trial files fit. */
static void a_full_disk_stops_the_sweep_and_loses_nothing(void **state) {
    (void)state;
    char disk[PATH_SIZE], run[PATH_SIZE + 8], filler[PATH_SIZE + 8], command[2 * PATH_SIZE];
    results_t before, after;
    snprintf(disk, sizeof disk, "%s/disk", folder);
    snprintf(run, sizeof run, "%s/run", disk);
    snprintf(filler, sizeof filler, "%s/.filler", disk);
    assert_int_equal(mkdir(disk, 0755), 0);
    if (mount("tmpfs", disk, "tmpfs", 0, "size=1m") != 0) {
        print_message("skip: no right to mount a small file system: %s\n", strerror(errno));
        rmdir(disk);
        skip();
    }
    new_run();
    write_plain_spec(24, 5);
    snprintf(command, sizeof command, "head -c 880k /dev/zero >%s", filler);
    assert_int_equal(system(command), 0);
    int code = run_sweep(run, "2");
    look(run, &before);
    unlink(filler);
    unlink(log_path);
    int resumed = run_sweep(run, "2");
    look(run, &after);
    int starts = log_lines("start");
    umount(disk);
    assert_int_equal(code, STATUS_ENVIRONMENT);
    assert_in_range(before.count, 1, 23);
    assert_int_equal(resumed, STATUS_OK);
    assert_int_equal(after.count, 24);
    assert_int_equal(starts, 24 - before.count);
    assert_kept(&before, &after);
    forget(&before);
    forget(&after);
}

int main(int argc, char **argv) {
    if (argc > 1) return fake_main(argc, argv);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_interrupted_sweep_resumes),
        cmocka_unit_test(a_second_interrupt_kills_at_once),
        cmocka_unit_test(killed_twenty_times_each_trial_ends_once),
        cmocka_unit_test(a_trial_that_kills_its_ranks_is_given_up),
        cmocka_unit_test(a_crash_that_takes_every_worker_is_given_up_by_the_next_run),
        cmocka_unit_test(a_full_disk_stops_the_sweep_and_loses_nothing),
    };
    return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
