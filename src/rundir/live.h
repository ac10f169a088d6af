/* live.h: what a running master says about itself: RUN/progress.json, for `status` and `explain`.
 *
 * Rewritten every LIVE_SECONDS by rename, so a reader sees a whole file. Only worth believing while
 * RUN/lock is held; results are judged by the trial files alone. */
#ifndef RUNDIR_LIVE_H
#define RUNDIR_LIVE_H

#include "plan/plan.h"
#include "rundir/progress.h"

enum { LIVE_SECONDS = 2 };

/* One trial being computed. */
typedef struct live_trial {
    char id[TRIAL_ID_LENGTH + 1];
    int rank;
    double seconds; /* since it was handed out */
} live_trial_t;

typedef struct live {
    double updated; /* seconds since 1970 */
    int workers;
    progress_t progress;
    live_trial_t *running; /* owned [running_count] */
    size_t running_count;
} live_t;

/* Failing to write is no error: the sweep matters more than the talk about it. */
void live_write(const char *run_dir, const live_t *live);

/* Takes the file away when the master leaves. */
void live_remove(const char *run_dir);

/* No file or a foreign one: STATUS_INCOMPLETE. live_clear afterwards. */
status_t live_read(const char *run_dir, live_t *live);

void live_clear(live_t *live); /* {0} is fine */

#endif
