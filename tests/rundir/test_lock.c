/* One holder per run directory: among processes, after deaths, and against other machines. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "rundir/lock.h"

static char folder[64];

/* The calls by which a lock changes hands, in place of the C library's: in a race each is put off
 * by up to 8 ms, so that processes meet between any two of them. */
static int is_racing;

static void dawdle(void) {
    if (is_racing) usleep((useconds_t)(rand() % 8000));
}

int link(const char *from, const char *to) {
    dawdle();
    return (int)syscall(SYS_linkat, AT_FDCWD, from, AT_FDCWD, to, 0);
}

int rename(const char *from, const char *to) {
    dawdle();
    int code = (int)syscall(SYS_renameat, AT_FDCWD, from, AT_FDCWD, to);
    dawdle();
    return code;
}

int unlink(const char *path) {
    dawdle();
    return (int)syscall(SYS_unlinkat, AT_FDCWD, path, 0);
}

static int make_folder(void **state) {
    (void)state;
    strcpy(folder, "/tmp/koopsweep-lock-XXXXXX");
    return mkdtemp(folder) ? 0 : -1;
}

static int remove_folder(void **state) {
    (void)state;
    char command[128];
    snprintf(command, sizeof command, "rm -rf %s", folder);
    return system(command);
}

static const char *lock_path(void) {
    static char path[80];
    snprintf(path, sizeof path, "%s/lock", folder);
    return path;
}

/* A lock file that names `process`, last refreshed `age` seconds ago. */
static void plant(const process_t *process, double age) {
    char text[PROCESS_TEXT_MAX];
    process_print(process, text);
    FILE *file = fopen(lock_path(), "w");
    assert_non_null(file);
    fprintf(file, "%s\n", text);
    fclose(file);
    struct timespec then = {.tv_sec = (time_t)(clock_unix() - age)};
    assert_int_equal(utimensat(AT_FDCWD, lock_path(), (struct timespec[]){then, then}, 0), 0);
}

/* A process that has taken the lock and waits to be killed. */
static pid_t start_holder(void) {
    int ready[2];
    char byte;
    assert_int_equal(pipe(ready), 0);
    pid_t child = fork();
    if (child == 0) {
        lock_t *lock;
        if (lock_acquire(folder, &lock) != STATUS_OK) _exit(1);
        if (write(ready[1], "x", 1) == 1)
            for (;;) pause();
        _exit(1);
    }
    close(ready[1]);
    assert_int_equal(read(ready[0], &byte, 1), 1);
    close(ready[0]);
    return child;
}

static void kill_holder(pid_t child) {
    kill(child, SIGKILL);
    waitpid(child, NULL, 0);
}

static void a_live_holder_is_named_within_five_seconds(void **state) {
    (void)state;
    lock_t *lock = NULL;
    char pid[32];
    pid_t child = start_holder();
    double start = clock_seconds();
    assert_int_equal(lock_acquire(folder, &lock), STATUS_BUSY);
    assert_true(clock_seconds() - start < 5);
    snprintf(pid, sizeof pid, "process %d on ", (int)child);
    assert_non_null(strstr(status_message(), pid));
    assert_null(lock);
    kill_holder(child);
}

static void the_lock_of_a_killed_process_is_broken_at_once(void **state) {
    (void)state;
    lock_t *lock;
    process_t holder, self = process_self();
    kill_holder(start_holder());
    double start = clock_seconds();
    assert_int_equal(lock_acquire(folder, &lock), STATUS_OK);
    assert_true(clock_seconds() - start < 5);
    assert_true(lock_holder(folder, &holder) && process_is_same(&holder, &self));
    lock_release(&lock);
}

static void release_leaves_nothing_behind(void **state) {
    (void)state;
    lock_t *lock;
    process_t holder;
    assert_int_equal(lock_acquire(folder, &lock), STATUS_OK);
    lock_release(&lock);
    assert_false(lock_holder(folder, &holder));
    assert_int_equal(rmdir(folder), 0); /* would fail if it held a file */
    assert_int_equal(mkdir(folder, 0755), 0);
}

static void a_reused_process_number_is_not_the_holder(void **state) {
    (void)state;
    lock_t *lock;
    process_t other = process_self();
    other.start += 1; /* same number, born at another time */
    plant(&other, 0);
    assert_int_equal(lock_acquire(folder, &lock), STATUS_OK);
    lock_release(&lock);
}

static void another_machine_is_believed_while_it_beats(void **state) {
    (void)state;
    lock_t *lock;
    process_t other = process_self();
    strcpy(other.host, "elsewhere");
    strcpy(other.kernel, "other-boot/pid:[1]");
    plant(&other, 20);
    assert_int_equal(lock_acquire(folder, &lock), STATUS_BUSY);
    assert_non_null(strstr(status_message(), "elsewhere"));
    plant(&other, LOCK_STALE_SECONDS + 5);
    assert_int_equal(lock_acquire(folder, &lock), STATUS_OK);
    lock_release(&lock);
}

static void a_robbed_holder_is_no_longer_named(void **state) {
    (void)state;
    lock_t *lock;
    process_t self = process_self(), other = process_self();
    other.pid++;
    assert_int_equal(lock_acquire(folder, &lock), STATUS_OK);
    assert_int_equal(lock_check(folder, &self), STATUS_OK);
    assert_int_equal(unlink(lock_path()), 0);
    plant(&other, 0);
    assert_int_equal(lock_check(folder, &self), STATUS_BUSY);
    lock_release(&lock); /* and must leave the other's lock alone */
    assert_int_equal(lock_check(folder, &other), STATUS_OK);
    unlink(lock_path());
}

static void a_directory_that_went_away_was_not_taken_over(void **state) {
    (void)state;
    lock_t *lock;
    char elsewhere[80];
    process_t self = process_self();
    snprintf(elsewhere, sizeof elsewhere, "%s-moved", folder);
    assert_int_equal(lock_acquire(folder, &lock), STATUS_OK);
    assert_int_equal(rename(folder, elsewhere), 0);
    assert_int_equal(lock_check(folder, &self), STATUS_ENVIRONMENT);
    assert_non_null(strstr(status_message(), "moved or removed"));
    assert_int_equal(rename(elsewhere, folder), 0);
    assert_int_equal(lock_check(folder, &self), STATUS_OK);
    lock_release(&lock);
}

/* Of many processes that race for a stale lock: 1 if another was inside at the same time. */
static int race(const char *mark) {
    lock_t *lock;
    status_t status;
    is_racing = 1;
    srand((unsigned)getpid());
    while ((status = lock_acquire(folder, &lock)) == STATUS_BUSY) continue; /* its turn comes */
    if (status != STATUS_OK) return 2;
    int inside = open(mark, O_CREAT | O_EXCL, 0644); /* fails when another is inside */
    usleep(3000);
    unlink(mark);
    lock_release(&lock);
    return inside < 0;
}

static void a_stale_lock_is_inherited_by_one(void **state) {
    (void)state;
    enum { RACERS = 24, ROUNDS = 3 };
    pid_t racers[RACERS];
    char mark[96];
    snprintf(mark, sizeof mark, "%s/.inside", folder);
    for (int round = 0; round < ROUNDS; round++) {
        kill_holder(start_holder());
        for (int i = 0; i < RACERS; i++)
            if ((racers[i] = fork()) == 0) _exit(race(mark));
        int failed = 0;
        for (int i = 0; i < RACERS; i++) {
            int code;
            waitpid(racers[i], &code, 0);
            failed += code != 0;
        }
        assert_int_equal(failed, 0);
    }
}

/* What a process leaves that is killed while it breaks a stale lock is in nobody's way. */
static void a_breaker_that_died_is_in_nobodys_way(void **state) {
    (void)state;
    char guard[96];
    lock_t *lock;
    snprintf(guard, sizeof guard, "%s.breaking", lock_path());
    kill_holder(start_holder());
    assert_int_equal(link(lock_path(), guard), 0);
    assert_int_equal(lock_acquire(folder, &lock), STATUS_OK);
    assert_int_equal(access(guard, F_OK), -1);
    lock_release(&lock);
    assert_int_equal(rmdir(folder), 0); /* empty again */
    assert_int_equal(mkdir(folder, 0700), 0);
}

static void a_directory_that_cannot_be_written_is_the_environments_fault(void **state) {
    (void)state;
    lock_t *lock;
    assert_int_equal(lock_acquire("/proc", &lock), STATUS_ENVIRONMENT);
    assert_int_equal(lock_acquire("/tmp/koopsweep-no-such-folder", &lock), STATUS_ENVIRONMENT);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_live_holder_is_named_within_five_seconds),
        cmocka_unit_test(the_lock_of_a_killed_process_is_broken_at_once),
        cmocka_unit_test(release_leaves_nothing_behind),
        cmocka_unit_test(a_reused_process_number_is_not_the_holder),
        cmocka_unit_test(another_machine_is_believed_while_it_beats),
        cmocka_unit_test(a_robbed_holder_is_no_longer_named),
        cmocka_unit_test(a_directory_that_went_away_was_not_taken_over),
        cmocka_unit_test(a_stale_lock_is_inherited_by_one),
        cmocka_unit_test(a_breaker_that_died_is_in_nobodys_way),
        cmocka_unit_test(a_directory_that_cannot_be_written_is_the_environments_fault),
    };
    return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
