/* A writer that is killed, a disk that is full, may not be written to, or sets a limit: a trial's
 * file is absent or whole, and the error says what to do. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <dirent.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>

#include "base/rng.h"
#include "store/sample_run.h"

static sample_run_t run;

static int open_run(void **state) {
    (void)state;
    sample_open(&run, SAMPLE_SWEEP);
    return 0;
}

static int close_run(void **state) {
    (void)state;
    sample_close(&run);
    return 0;
}

/* Number of files under the run directory whose name holds `word`. */
static int count_files(const char *word) {
    char command[400];
    int count = -1;
    snprintf(command, sizeof command, "find '%s' -type f -name '*%s*' | wc -l", run.dir, word);
    FILE *found = popen(command, "r");
    if (found && fscanf(found, "%d", &count) != 1) count = -1;
    if (found) pclose(found);
    return count;
}

static void write_until_killed(size_t first) {
    for (size_t i = first;; i++)
        if (sample_write(&run, plan_trial(run.plan, i % plan_count(run.plan)))) _exit(1);
}

static size_t count_whole(void) {
    size_t whole = 0;
    for (size_t i = 0; i < plan_count(run.plan); i++) {
        const trial_t *trial = plan_trial(run.plan, i);
        record_t got;
        char how[TRIAL_STATE_MAX];
        status_t status = store_read_trial(run.dir, trial, how, &got);
        if (status != STATUS_INCOMPLETE && status != STATUS_OK) fail_msg("%s", status_message());
        whole += status == STATUS_OK;
        if (status == STATUS_OK) {
            record_t put = sample_record(trial);
            assert_true(sample_is_same(&put, &got));
            record_clear(&put);
        }
        record_clear(&got);
    }
    return whole;
}

/* kill -9 at 100 random moments: every file is absent or whole, what was whole stays, and the next
 * master finds no rubbish left. */
static void a_killed_writer_leaves_whole_files(void **state) {
    (void)state;
    rng_t rng = rng_open(3, 0, "kills", 0);
    size_t before = 0;
    int torn = 0;
    uint32_t longest = 20000; /* microseconds; more where the disk is slow, till a write succeeds */
    for (size_t i = 0; i < 100; i++) {
        pid_t writer = fork();
        if (writer == 0) write_until_killed(i);
        usleep(500 + rng_below(&rng, longest));
        kill(writer, SIGKILL);
        int how;
        assert_int_equal(waitpid(writer, &how, 0), writer);
        assert_true(WIFSIGNALED(how));
        size_t after = count_whole();
        assert_true(after >= before);
        before = after;
        if (before == 0) longest += longest / 8;
        torn += count_files("~") > 0;
        assert_int_equal(store_open(run.dir), STATUS_OK);
        assert_int_equal(count_files("~"), 0);
    }
    print_message("%zu of %zu trials whole, %d kills hit a write\n", before, plan_count(run.plan),
                  torn);
    assert_true(before > 0 && torn > 0);
}

static void make_temporary(const char *host, long pid, int age) {
    char path[512];
    snprintf(path, sizeof path, "%s/.sweep.h5~%s~%ld", run.dir, host, pid);
    int file = open(path, O_WRONLY | O_CREAT, 0666);
    assert_true(file >= 0);
    const struct timespec times[2] = {{time(NULL) - age, 0}, {time(NULL) - age, 0}};
    assert_int_equal(futimens(file, times), 0);
    close(file);
}

static void only_dead_writers_are_cleaned_up_after(void **state) {
    (void)state;
    char host[64];
    gethostname(host, sizeof host);
    pid_t dead = fork();
    if (dead == 0) _exit(0);
    waitpid(dead, NULL, 0);
    make_temporary(host, (long)getpid(), 7200); /* alive */
    make_temporary(host, (long)dead, 0);        /* dead */
    make_temporary("elsewhere", 1, 7200);       /* another host, long ago */
    make_temporary("elsewhere-too", 1, 10);     /* another host, just now */
    assert_int_equal(count_files("~"), 4);
    assert_int_equal(store_open(run.dir), STATUS_OK);
    assert_int_equal(count_files("~"), 2);
    assert_int_equal(count_files("elsewhere-too~1"), 1);
}

/* Writes all trials where that cannot work; the first failure says `says`, nothing half is left. */
static void expect_refusal(const char *says) {
    status_t status = STATUS_OK;
    size_t written = 0;
    for (; written < plan_count(run.plan) && status == STATUS_OK; written += status == STATUS_OK)
        status = sample_write(&run, plan_trial(run.plan, written));
    if (status != STATUS_ENVIRONMENT || !strstr(status_message(), says))
        fail_msg("status %d: %s", status, status_message());
    assert_int_equal(count_whole(), written);
    assert_int_equal(count_files("~"), 0);
}

static void a_file_size_limit_loses_nothing(void **state) {
    (void)state;
    struct rlimit old, low = {8192, RLIM_INFINITY};
    getrlimit(RLIMIT_FSIZE, &old);
    low.rlim_max = old.rlim_max;
    signal(SIGXFSZ, SIG_IGN);
    setrlimit(RLIMIT_FSIZE, &low);
    expect_refusal("ulimit -f");
    setrlimit(RLIMIT_FSIZE, &old);
}

/* In a mount space of our own: nothing outside this process sees it, and it ends with it. */
static void mount_small(const char *folder) {
    if (unshare(CLONE_NEWNS) != 0 || mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL) != 0 ||
        mount("none", folder, "tmpfs", 0, "size=80k") != 0) {
        print_message("skip: a tiny file system cannot be mounted here\n");
        skip();
    }
}

static void a_full_disk_loses_nothing(void **state) {
    (void)state;
    mount_small(run.dir);
    assert_int_equal(store_open(run.dir), STATUS_OK);
    expect_refusal("No space left on device; make room and run again");
    size_t whole = count_whole();
    assert_true(whole > 0 && whole < plan_count(run.plan));
    assert_int_equal(store_write_index(run.dir, run.plan, NULL), STATUS_ENVIRONMENT);
    assert_int_equal(count_files("~"), 0);
    assert_int_equal(mount("none", run.dir, NULL, MS_REMOUNT | MS_RDONLY, NULL), 0);
    assert_int_equal(sample_write(&run, plan_trial(run.plan, 0)), STATUS_ENVIRONMENT);
    assert_non_null(strstr(status_message(), "Read-only file system; choose a writable folder"));
    assert_int_equal(count_whole(), whole);
    assert_int_equal(umount(run.dir), 0);
}

static void a_place_that_cannot_be_made_is_named(void **state) {
    (void)state;
    assert_int_equal(store_open("/proc/nowhere/run"), STATUS_ENVIRONMENT);
    assert_non_null(strstr(status_message(), "cannot make the folder /proc/nowhere"));
    assert_int_equal(store_open("/dev/null"), STATUS_ENVIRONMENT);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_killed_writer_leaves_whole_files, open_run, close_run),
        cmocka_unit_test_setup_teardown(only_dead_writers_are_cleaned_up_after, open_run,
                                        close_run),
        cmocka_unit_test_setup_teardown(a_file_size_limit_loses_nothing, open_run, close_run),
        cmocka_unit_test_setup_teardown(a_full_disk_loses_nothing, open_run, close_run),
        cmocka_unit_test(a_place_that_cannot_be_made_is_named),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
