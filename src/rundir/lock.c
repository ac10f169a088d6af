#include "rundir/lock.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/disk.h"
#include "rundir/ticker.h"

struct lock {
    char path[PATH_MAX]; /* RUN/lock                                              */
    int file;            /* open on our own lock file, wherever its name has gone */
    ticker_t *beater;    /* owned */
};

/* What a lock file says. */
typedef struct note {
    process_t holder;
    int is_readable; /* it names a process                      */
    double time;     /* of the last heartbeat, by the file server */
} note_t;

static int read_note(const char *path, note_t *note) {
    char text[PROCESS_TEXT_MAX] = "";
    struct stat info;
    int file = open(path, O_RDONLY | O_CLOEXEC);
    if (file < 0) return 0;
    ssize_t length = read(file, text, sizeof text - 1);
    int is_found = length >= 0 && fstat(file, &info) == 0;
    close(file);
    if (!is_found) return 0;
    text[length] = '\0';
    note->is_readable = process_scan(text, &note->holder);
    note->time = (double)info.st_mtim.tv_sec + 1e-9 * (double)info.st_mtim.tv_nsec;
    return 1;
}

/* `now` must come from the clock that stamps the files, which may be a server's. */
static int is_stale(const note_t *note, double now) {
    process_fate_t fate = note->is_readable ? process_fate(&note->holder) : PROCESS_ELSEWHERE;
    if (fate == PROCESS_ELSEWHERE) return now - note->time > LOCK_STALE_SECONDS;
    return fate == PROCESS_DEAD;
}

/* Is the file of that name the one open as `file`? 0 where it cannot be told. */
static int names(const char *path, int file) {
    struct stat named, mine;
    return stat(path, &named) == 0 && fstat(file, &mine) == 0 && named.st_ino == mine.st_ino &&
           named.st_dev == mine.st_dev;
}

/* Takes away what a process left that died while it broke a lock. What was moved aside is read
 * again and, when it is another's, put back. */
static void sweep_aside(const char *path, const note_t *judged) {
    char aside[PATH_MAX + 64];
    note_t moved;
    snprintf(aside, sizeof aside, "%s.stale.%ld", path, (long)getpid());
    if (rename(path, aside) != 0) return;
    int is_other = read_note(aside, &moved) && moved.is_readable &&
                   !(judged->is_readable && process_is_same(&moved.holder, &judged->holder));
    if (is_other && link(aside, path) != 0) errno = 0; /* a third one has it: nothing to restore */
    unlink(aside);
}

/* Takes a stale lock away. Several processes may find it stale, and the slower must not take the
 * faster one's new lock away: one at a time breaks, and it looks again first. A process that dies
 * within these few calls leaves its guard to be swept aside; should two then get through at once,
 * the robbed one notices before its next result (lock_check). */
static void break_stale(const char *aside, const char *path, int file, double now) {
    char guard[PATH_MAX + 16];
    note_t note;
    snprintf(guard, sizeof guard, "%s.breaking", path);
    if (link(aside, guard) != 0 && !names(guard, file)) {
        if (read_note(guard, &note) && is_stale(&note, now)) sweep_aside(guard, &note);
        return;
    }
    if (read_note(path, &note) && is_stale(&note, now)) unlink(path);
    unlink(guard);
}

/* Writes our own lock file under a private name; returns its descriptor or -1. By hand and not by
 * disk_replace, since it gets its name by a link, which fails where a rename would replace, and
 * stays open: through the descriptor its time is refreshed, whatever becomes of the name. */
static int write_aside(const char *aside) {
    char text[PROCESS_TEXT_MAX];
    process_t self = process_self();
    process_print(&self, text);
    strcat(text, "\n");
    int file = open(aside, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
    if (file < 0) return -1;
    ssize_t length = (ssize_t)strlen(text);
    if (write(file, text, (size_t)length) == length && fsync(file) == 0) return file;
    int code = errno;
    close(file);
    unlink(aside);
    errno = code;
    return -1;
}

/* One try. 1 = taken, 0 = held by `note`, -1 = cannot be made here (errno). */
static int try_link(const char *aside, const char *path, int file, note_t *note) {
    struct stat mine;
    if (futimens(file, NULL) != 0 || fstat(file, &mine) != 0) return -1;
    if (link(aside, path) == 0) return 1;
    if (errno != EEXIST) return -1;
    if (names(path, file)) return 1;      /* a server's answer was lost */
    if (!read_note(path, note)) return 0; /* released just now: the next try takes it */
    if (is_stale(note, (double)mine.st_mtim.tv_sec))
        break_stale(aside, path, file, (double)mine.st_mtim.tv_sec);
    return 0;
}

static status_t tell_busy(const char *run_dir, const note_t *note) {
    if (!note->is_readable)
        return status_fail(STATUS_BUSY, "%s is in use: its lock file is being written; try again",
                           run_dir);
    return status_fail(STATUS_BUSY,
                       "%s is in use by process %ld on %s; wait for it, stop it, or choose another "
                       "directory with --out (a lock left by a lost machine is free %d s after its "
                       "last heartbeat)",
                       run_dir, note->holder.pid, note->holder.host, LOCK_STALE_SECONDS);
}

static status_t wait_for_link(const char *run_dir, const char *aside, const char *path, int file) {
    note_t note = {0};
    double deadline = clock_seconds() + LOCK_PATIENCE_SECONDS;
    for (;;) {
        int taken = try_link(aside, path, file, &note);
        if (taken > 0) return STATUS_OK;
        CHECK(taken == 0 || errno == EACCES || errno == EROFS || errno == ENOSPC,
              STATUS_ENVIRONMENT,
              "%s: cannot be linked: %s; a run directory is locked by a hard link, which its file "
              "system must know: choose another with --out",
              path, strerror(errno));
        CHECK(taken == 0, STATUS_ENVIRONMENT, "%s: cannot be locked: %s", path, strerror(errno));
        if (clock_seconds() > deadline) return tell_busy(run_dir, &note);
        nanosleep(&(struct timespec){.tv_nsec = 20000000}, NULL);
    }
}

/* From a thread, so that the lock stays fresh however long a trial computes without looking up. */
static void beat(void *context) {
    const lock_t *lock = context;
    futimens(lock->file, NULL);
}

status_t lock_acquire(const char *run_dir, lock_t **out) {
    status_t status = STATUS_OK;
    char aside[PATH_MAX];
    lock_t *lock = calloc(1, sizeof *lock);
    CHECK(lock, STATUS_ENVIRONMENT, "out of memory for the lock of %s", run_dir);
    snprintf(lock->path, sizeof lock->path, "%s/lock", run_dir);
    disk_temporary(lock->path, aside); /* private, even among containers of one host name */
    lock->file = write_aside(aside);
    CHECK_OR_DONE(lock->file >= 0, STATUS_ENVIRONMENT, "%s: cannot be written: %s", aside,
                  strerror(errno));
    status = wait_for_link(run_dir, aside, lock->path, lock->file);
    unlink(aside);
    if (status != STATUS_OK) goto done;
    lock->beater = ticker_start(LOCK_BEAT_SECONDS, beat, lock);
    if (!lock->beater) {
        unlink(lock->path);
        status =
            status_fail(STATUS_ENVIRONMENT, "cannot start the heartbeat thread of %s", lock->path);
    }
done:
    if (status != STATUS_OK) {
        if (lock->file >= 0) close(lock->file);
        free(lock);
        lock = NULL;
    }
    *out = lock;
    return status;
}

void lock_release(lock_t **held) {
    lock_t *lock = *held;
    if (!lock) return;
    ticker_stop(&lock->beater);
    if (names(lock->path, lock->file)) unlink(lock->path);
    close(lock->file);
    free(lock);
    *held = NULL;
}

int lock_holder(const char *run_dir, process_t *holder) {
    char path[PATH_MAX];
    note_t note;
    snprintf(path, sizeof path, "%s/lock", run_dir);
    if (!read_note(path, &note) || !note.is_readable || is_stale(&note, clock_unix())) return 0;
    *holder = note.holder;
    return 1;
}

status_t lock_check(const char *run_dir, const process_t *holder) {
    char path[PATH_MAX];
    note_t note;
    snprintf(path, sizeof path, "%s/lock", run_dir);
    CHECK(read_note(path, &note), STATUS_ENVIRONMENT,
          "%s cannot be read any more: %s; was the run directory moved or removed while the sweep "
          "ran? Run the same command on it where it is now",
          path, strerror(errno));
    CHECK(note.is_readable && process_is_same(&note.holder, holder), STATUS_BUSY,
          "%s was taken over by another master; this one stops", run_dir);
    return STATUS_OK;
}
