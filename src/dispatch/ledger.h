/* ledger.h: which trial is in which state, which rank holds which trial, and the counters that
 * follow from it. Nothing else of a dispatch changes them.
 *
 * After every change
 *
 *     progress.total    = sum over all states of progress.count[state]
 *     progress.count[s] = number of trials in state s
 *     progress.running  = number of ranks that hold a trial
 *     progress.ended    = number of trials with has_ended, none of which is PENDING
 *
 * which is asserted: the first line always, the others under the sanitizers. A trial leaves PENDING
 * once in a session: a rank that was taken for dead may end it as well as the one that runs it
 * again, and the first end counts. Costs are estimates and follow the paces that are known. */
#ifndef DISPATCH_LEDGER_H
#define DISPATCH_LEDGER_H

#include "rundir/progress.h"

/* What one rank computes. */
typedef struct assignment {
    int is_running;
    int is_screening; /* the trial is only measured at initialisation     */
    int is_noted;     /* its beginning is in the journal; none is noted of a screening */
    size_t trial;
    double since; /* clock_seconds of the hand-out */
} assignment_t;

typedef struct ledger {
    trial_state_t *states;     /* borrowed [total]                                    */
    progress_t progress;       /* written here, but for seconds, costs and screened   */
    unsigned char *has_ended;  /* owned [total]: in this session, by running or a wish  */
    assignment_t *assignments; /* owned [ranks]                                       */
    int ranks;
    size_t changes; /* since it was opened */
} ledger_t;

/* `states` [total] are those of earlier sessions. */
status_t ledger_open(trial_state_t *states, size_t total, int ranks, ledger_t *ledger);
void ledger_close(ledger_t *ledger); /* {0} is fine; leaves {0} */

/* A rank that holds nothing is handed a trial. */
void ledger_hand(ledger_t *ledger, int rank, const assignment_t *assignment);

/* The rank holds nothing any more; what it held, is_running = 0 when that was nothing. */
assignment_t ledger_free(ledger_t *ledger, int rank);

/* The trial leaves PENDING for `state`; was expected to cost so much. 0: it had left it before, and
 * nothing changes. ledger_end: it has ended in this session; ledger_leave_out: it is not needed. */
int ledger_end(ledger_t *ledger, size_t trial, trial_state_t state, double expected);
int ledger_leave_out(ledger_t *ledger, size_t trial, trial_state_t state, double expected);

/* 1 when a rank holds it, to run or to measure it. Looks at all ranks. */
int ledger_is_held(const ledger_t *ledger, size_t trial);

#endif
