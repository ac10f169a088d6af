/* overview.h: where a run stands: what its files say, and what its master says while it lives. For
 * `status` and `explain`; needs neither MPI nor the master's help. */
#ifndef CLI_OVERVIEW_H
#define CLI_OVERVIEW_H

#include "base/frame.h"
#include "base/process.h"
#include "cli/saved.h"
#include "rundir/live.h"
#include "rundir/stopped.h"

enum { OVERVIEW_VALUES_MAX = 12 };

/* The trials that share one value of one option. */
typedef struct overview_row {
    const char *key, *value; /* views into the plan */
    size_t trials, ended, diverged, failed;
} overview_row_t;

typedef struct overview {
    const char *run_dir;   /* borrowed */
    saved_t saved;         /* owned                                                            */
    frame_t frame;         /* owned: state and what status needs, one row per trial            */
    trial_state_t *states; /* owned [trials]                                                 */
    size_t count[TRIAL_STATES], trials;
    char stopped[STOPPED_TEXT_MAX]; /* at what the last run stopped, "" = nothing (stopped.h) */
    int is_running; /* a live master holds the directory: `master` and `live` are valid */
    process_t master;
    live_t live;          /* owned; all 0 when the master has not spoken yet                  */
    overview_row_t *rows; /* owned [row_count]: options that vary, with at most
                             OVERVIEW_VALUES_MAX values each; values in plan order            */
    size_t row_count;
} overview_t;

status_t overview_open(const char *run_dir, overview_t *overview);
void overview_close(overview_t *overview); /* {0} is fine */

/* 1 when not all trials of the plan have the same value of field number `i`. */
int overview_varies(const plan_t *plan, size_t i);

/* Trials that count for a divergence rate: completed and diverged ones. */
size_t overview_results(const overview_t *overview);

/* The running trial of that id, or NULL. Borrowed. */
const live_trial_t *overview_running(const overview_t *overview, const char *id);

#endif
