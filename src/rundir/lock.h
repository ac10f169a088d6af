/* lock.h: one master per run directory.
 *
 * RUN/lock names the process that holds the directory; a thread of its refreshes the file's time
 * every LOCK_BEAT_SECONDS. The file appears whole (written aside, then hard-linked: atomic on local
 * and network file systems, no flock needed). A lock left behind is broken when its process is dead
 * on this machine, or when, on another one, it has not been refreshed for LOCK_STALE_SECONDS; by
 * one process at a time, which holds RUN/lock.breaking meanwhile. */
#ifndef RUNDIR_LOCK_H
#define RUNDIR_LOCK_H

#include "base/process.h"
#include "base/status.h"

enum { LOCK_BEAT_SECONDS = 5, LOCK_STALE_SECONDS = 60, LOCK_PATIENCE_SECONDS = 2 };

typedef struct lock lock_t;

/* Takes the lock of an existing directory. A live holder gets LOCK_PATIENCE_SECONDS to leave (it
 * may just be dying), then STATUS_BUSY naming its host and pid; a directory that cannot be written:
 * STATUS_ENVIRONMENT. */
status_t lock_acquire(const char *run_dir, lock_t **lock);

/* Gives the directory back; NULL inside is fine. */
void lock_release(lock_t **lock);

/* 1 and the holder when a live process, as far as can be told from here, holds the directory. */
int lock_holder(const char *run_dir, process_t *holder);

/* A worker's check before it writes a result: STATUS_OK while the lock names exactly this process,
 * STATUS_BUSY when it names another, STATUS_ENVIRONMENT when there is none to read: the directory
 * was moved or removed, or its file system fails. */
status_t lock_check(const char *run_dir, const process_t *holder);

#endif
