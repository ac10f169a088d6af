/* Whole sweeps of fake trials (fake.h) in processes of their own, under mpirun where several ranks
 * are asked for: started, raced, interrupted, killed and resumed.
 *
 * Called with arguments this program is the sweep; without, it tests. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include "base/clock.h"
#include "fake.h"
#include "store/store.h"

enum { PATH_SIZE = 256, TRIALS_MAX = 64 };

static char folder[64]; /* of this program's files */
static char spec_path[PATH_SIZE], log_path[PATH_SIZE], output_path[PATH_SIZE];

/* Files --------------------------------------------------------------------------------------- */

static int make_folder(void **state) {
    (void)state;
    strcpy(folder, "/tmp/koopsweep-sweep-XXXXXX");
    if (!mkdtemp(folder)) return -1;
    snprintf(spec_path, sizeof spec_path, "%s/spec.yaml", folder);
    snprintf(log_path, sizeof log_path, "%s/log", folder);
    snprintf(output_path, sizeof output_path, "%s/output", folder);
    setenv("FAKE_LOG", log_path, 1);
    setenv("TMPDIR", folder, 1); /* what killed runs of Open MPI leave behind */
    setenv("OMPI_MCA_btl_vader_backing_directory", folder, 1);
    setenv("OMPI_ALLOW_RUN_AS_ROOT", "1", 1);
    setenv("OMPI_ALLOW_RUN_AS_ROOT_CONFIRM", "1", 1);
    setenv("ASAN_OPTIONS", "detect_leaks=0", 1); /* of the sweeps: Open MPI leaks */
    return 0;
}

static int remove_folder(void **state) {
    (void)state;
    char command[128];
    snprintf(command, sizeof command, "rm -rf %s", folder);
    return system(command);
}

/* A fresh log, and the path of a run directory that does not exist yet. */
static const char *new_run(void) {
    static char run[PATH_SIZE];
    static int number;
    snprintf(run, sizeof run, "%s/run%d", folder, ++number);
    unlink(log_path);
    return run;
}

/* A spec of `count` trials; trial i ends as endings[i % n] and sleeps `milliseconds`. */
static void write_spec(int count, int milliseconds, int n, const char *const *endings) {
    FILE *file = fopen(spec_path, "w");
    assert_non_null(file);
    fprintf(file, "name: fake\nseed: 7\nfake.milliseconds: %d\naxes:\n  zip:\n    fake.number: [",
            milliseconds);
    for (int i = 0; i < count; i++) fprintf(file, "%s%d", i ? ", " : "", i);
    fprintf(file, "]\n    fake.ending: [");
    for (int i = 0; i < count; i++) fprintf(file, "%s%s", i ? ", " : "", endings[i % n]);
    fprintf(file, "]\n");
    assert_int_equal(fclose(file), 0);
}

static void write_plain_spec(int count, int milliseconds) {
    write_spec(count, milliseconds, 2, (const char *const[]){"complete", "diverge"});
}

static char *read_file(const char *path) {
    static char text[1 << 16];
    FILE *file = fopen(path, "r");
    size_t length = file ? fread(text, 1, sizeof text - 1, file) : 0;
    if (file) fclose(file);
    text[length] = '\0';
    return text;
}

static int log_lines(const char *word) {
    int count = 0;
    for (const char *at = read_file(log_path); (at = strstr(at, word)); at++) count++;
    return count;
}

/* Processes ----------------------------------------------------------------------------------- */

/* Starts this program in a process group of its own with the words given, the last one NULL. */
static pid_t start_words(char *const *words) {
    pid_t child = fork();
    if (child != 0) return child;
    setpgid(0, 0);
    int output = open(output_path, O_WRONLY | O_CREAT | O_TRUNC, 0644);
    dup2(output, STDOUT_FILENO);
    dup2(output, STDERR_FILENO);
    execvp(words[0], words);
    _exit(127);
}

static pid_t start(const char *run, const char *workers, const char *more) {
    char *words[] = {(char *)"/proc/self/exe", spec_path,    (char *)run,
                     (char *)workers,          (char *)more, NULL};
    return start_words(words);
}

/* Its exit code, 128 + signal when it was killed; fails when it takes longer than a minute. */
static int end_of(pid_t child) {
    int status;
    for (double deadline = clock_seconds() + 60; clock_seconds() < deadline; usleep(5000)) {
        if (waitpid(child, &status, WNOHANG) != child) continue;
        return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
    }
    kill(-child, SIGKILL);
    fail_msg("the sweep did not end; its output:\n%s", read_file(output_path));
    return -1;
}

static int run_sweep(const char *run, const char *workers) {
    return end_of(start(run, workers, NULL));
}

static void assert_output_says(const char *words) {
    const char *output = read_file(output_path);
    if (!strstr(output, words)) fail_msg("no '%s' in the output:\n%s", words, output);
}

/* Waits until `count` trials were started. */
static void await_starts(int count) {
    for (double deadline = clock_seconds() + 30; log_lines("start") < count; usleep(2000))
        if (clock_seconds() > deadline) fail_msg("no start: %s", read_file(output_path));
}

/* The first child of a process, 0 when it has none. */
static pid_t child_of(pid_t parent) {
    char path[64];
    snprintf(path, sizeof path, "/proc/%d/task/%d/children", (int)parent, (int)parent);
    return (pid_t)atol(read_file(path));
}

/* Results ------------------------------------------------------------------------------------- */

typedef struct results {
    spec_t *spec;
    plan_t *plan;
    int count;
    struct timespec written[TRIALS_MAX]; /* time of each trial's file, 0 when there is none */
    ino_t file[TRIALS_MAX];
} results_t;

static void look(const char *run, results_t *results) {
    *results = (results_t){0};
    assert_int_equal(spec_load(spec_path, fake_sets, &results->spec), STATUS_OK);
    assert_int_equal(plan_create(results->spec, &results->plan), STATUS_OK);
    for (size_t i = 0; i < plan_count(results->plan); i++) {
        char path[2 * PATH_SIZE];
        struct stat info;
        const char *id = plan_trial(results->plan, i)->id;
        snprintf(path, sizeof path, "%s/trials/%.2s/%s.h5", run, id, id);
        if (stat(path, &info) != 0) continue;
        results->count++;
        results->written[i] = info.st_mtim;
        results->file[i] = info.st_ino;
    }
}

static void forget(results_t *results) {
    plan_destroy(&results->plan);
    spec_destroy(&results->spec);
}

static int count_results(const char *run) {
    results_t results;
    look(run, &results);
    forget(&results);
    return results.count;
}

static int count_state(const char *run, trial_state_t wanted) {
    int count = 0;
    results_t results;
    look(run, &results);
    for (size_t i = 0; i < plan_count(results.plan); i++) {
        char state[24];
        record_t record = {0};
        if (store_read_trial(run, plan_trial(results.plan, i), state, &record) == STATUS_OK)
            count += trial_state_find(state) == wanted;
        record_clear(&record);
    }
    forget(&results);
    return count;
}

/* Every file of `before` is untouched in `after`, and no such trial was started since the log was
 * emptied. */
static void assert_kept(const results_t *before, const results_t *after) {
    for (size_t i = 0; i < plan_count(before->plan); i++) {
        char line[64];
        if (!before->file[i]) continue;
        assert_int_equal(before->file[i], after->file[i]);
        assert_int_equal(before->written[i].tv_sec, after->written[i].tv_sec);
        assert_int_equal(before->written[i].tv_nsec, after->written[i].tv_nsec);
        snprintf(line, sizeof line, "start %s\n", plan_trial(before->plan, i)->id);
        assert_int_equal(log_lines(line), 0);
    }
}

/* Tests --------------------------------------------------------------------------------------- */

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
        assert_int_equal(store_compare(first, run, results.plan), STATUS_OK);
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
    char name[24];
    results_t results;
    record_t record = {0};
    write_spec(6, 0, 3, (const char *const[]){"fail", "complete", "bad"});
    assert_int_equal(run_sweep(run, "2"), STATUS_FAILED);
    assert_output_says("2 completed, 4 failed");
    look(run, &results);
    assert_int_equal(store_read_trial(run, plan_trial(results.plan, 0), name, &record), STATUS_OK);
    assert_string_equal(name, "FAILED");
    assert_string_equal(record_find(&record, "outcome/message")->data, "no such data");
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
    write_plain_spec(4, 1500);
    pid_t first = start(run, "2", NULL);
    await_starts(1);
    double began = clock_seconds();
    assert_int_equal(run_sweep(run, "2"), STATUS_BUSY);
    assert_true(clock_seconds() - began < 5);
    assert_output_says("is in use by process");
    assert_int_equal(end_of(first), STATUS_OK);
    assert_int_equal(log_lines("start"), 4);
}

static void stop_and_resume(const char *workers, int signal_number) {
    const char *run = new_run();
    results_t before, after;
    write_plain_spec(20, 100);
    pid_t child = start(run, workers, NULL);
    await_starts(5);
    kill(child, signal_number);
    double stopped = clock_seconds();
    assert_int_equal(end_of(child), STATUS_INCOMPLETE);
    assert_true(clock_seconds() - stopped < 3);
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

static void a_second_interrupt_kills_at_once(void **state) {
    (void)state;
    const char *run = new_run();
    write_plain_spec(2, 100);
    setenv("FAKE_DEAF", "1", 1); /* the trials do not look up: a clean stop would take 20 s */
    pid_t child = start(run, "2", NULL);
    await_starts(2);
    kill(child, SIGINT);
    usleep(700000);
    kill(child, SIGINT);
    double killed = clock_seconds();
    int code = end_of(child);
    unsetenv("FAKE_DEAF");
    assert_int_equal(code, STATUS_INCOMPLETE);
    assert_true(clock_seconds() - killed < 2);
}

/* Whom the next kill hits: the launching process, mpirun, or one of the ranks. */
static void kill_some_of(pid_t launcher, int turn) {
    pid_t mpirun = child_of(launcher), rank = mpirun ? child_of(mpirun) : 0;
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
        char *words[] = {(char *)"mpirun",
                         (char *)"--oversubscribe",
                         (char *)"-n",
                         (char *)sizes[i],
                         program,
                         spec_path,
                         run,
                         (char *)"9",
                         NULL};
        write_plain_spec(8, 5);
        assert_int_equal(end_of(start_words(words)), STATUS_OK);
        assert_int_equal(log_lines("start"), 8);
        write_spec(8, 6, 2, (const char *const[]){"fail", "complete"});
        assert_int_equal(end_of(start_words(words)), STATUS_SPEC); /* every rank, no hang */
    }
}

static void a_directory_that_cannot_be_made_is_the_environments_fault(void **state) {
    (void)state;
    write_plain_spec(2, 0);
    assert_int_equal(run_sweep("/proc/koopsweep/run", "2"), STATUS_ENVIRONMENT);
    assert_output_says("cannot be made");
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
        cmocka_unit_test(results_do_not_depend_on_the_number_of_workers),
        cmocka_unit_test(diverged_trials_are_results),
        cmocka_unit_test(a_finished_sweep_is_left_alone),
        cmocka_unit_test(a_changed_spec_is_refused_with_the_difference),
        cmocka_unit_test(a_directory_with_foreign_files_is_refused),
        cmocka_unit_test(a_failing_trial_is_kept_with_its_message),
        cmocka_unit_test(failed_trials_run_again_only_when_asked),
        cmocka_unit_test(a_second_master_is_sent_away_within_five_seconds),
        cmocka_unit_test(an_interrupted_sweep_resumes),
        cmocka_unit_test(a_second_interrupt_kills_at_once),
        cmocka_unit_test(killed_twenty_times_each_trial_ends_once),
        cmocka_unit_test(a_trial_that_kills_its_ranks_is_given_up),
        cmocka_unit_test(a_crash_that_takes_every_worker_is_given_up_by_the_next_run),
        cmocka_unit_test(under_mpirun_given_by_the_user_all_is_the_same),
        cmocka_unit_test(a_directory_that_cannot_be_made_is_the_environments_fault),
        cmocka_unit_test(without_mpirun_the_remedy_is_named),
        cmocka_unit_test(a_full_disk_stops_the_sweep_and_loses_nothing),
    };
    return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
