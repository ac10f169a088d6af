/* session.h: one process's view of a sweep: spec, plan, run directory, and which trials are left.
 *
 * Every rank loads the spec and makes the plan itself. One process holds the run directory: the one
 * that launched mpirun, or else rank 0. */
#ifndef DISPATCH_SESSION_H
#define DISPATCH_SESSION_H

#include <limits.h>

#include "base/process.h"
#include "dispatch/options.h"
#include "rundir/lock.h"
#include "store/store.h"
#include "train/costs.h"

typedef struct session {
    const sweep_options_t *options;  /* borrowed                                            */
    char *spec_text;                 /* owned: the sweep file as given                      */
    size_t spec_length;              /* of the text                                         */
    spec_t *spec;                    /* owned                                               */
    plan_t *plan;                    /* owned                                               */
    char run_dir[PATH_MAX];          /* without a final slash                               */
    char checkpoints[PATH_MAX + 16]; /* RUN/checkpoints: trials under way                   */
    uint64_t fingerprint;            /* of the expanded spec                                */
    int ranks_per_trial;             /* of all trials                                       */
    const trial_team_t *team; /* borrowed: with whom this process works on a trial; NULL = alone */
    process_t self;
    process_t holder;         /* of the run directory                                        */
    lock_t *lock;             /* owned by the holder, NULL elsewhere                         */
    store_lookout_t *lookout; /* owned: which trials have results by now                   */
    trial_state_t *states; /* owned [plan_count]; TRIAL_PENDING = to run: all, before the survey */
    costs_t costs;         /* owned; holder and master                                    */
    double started;        /* clock_seconds when loaded                                   */
} session_t;

/* Loads spec and plan; touches nothing. Any rank. session_close also after a failure. */
status_t session_load(const sweep_options_t *options, session_t *session);

/* Takes the run directory: refuses another spec's (STATUS_SPEC, with the differences) unless the
 * options say that it may be extended (extend.h), and another master's (STATUS_BUSY); makes folders
 * and spec copies. Holder only. */
status_t session_take(session_t *session);

/* Fills in the states as any reader finds them; touches nothing. For who does not hold the run
 * directory, or not yet. */
status_t session_look(session_t *session);

/* Looks at every trial's file and estimates costs. Holder, or a master without a holder to ask. */
status_t session_survey(session_t *session);

/* After the survey: FAILED trials are to run again, and what their searches left out may be asked
 * for. Holder, or a master without one. */
status_t session_reopen_failed(session_t *session);

/* Fills `costs`; nothing when they are known already. */
status_t session_estimate(session_t *session);

/* Has this process what the trials that are left need? STATUS_ENVIRONMENT: no. Any rank. */
status_t session_check(const session_t *session);

/* Are the data of the trials that are left there, and those that the results came from? Holder, or
 * a master without one. */
status_t session_inspect(const session_t *session);

/* How many trials are in `state`. */
size_t session_count(const session_t *session, trial_state_t state);

/* What the states amount to: STATUS_OK, STATUS_FAILED or STATUS_INCOMPLETE. */
status_t session_verdict(const session_t *session);

/* Frees all and gives the run directory back; {0} is fine. */
void session_close(session_t *session);

#endif
