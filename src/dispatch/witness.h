/* witness.h: tells people what becomes of the trials that a dispatch hands out: the journal, of
 * every attempt (rundir/journal.h), and `status`, of what runs now (rundir/live.h). */
#ifndef DISPATCH_WITNESS_H
#define DISPATCH_WITNESS_H

#include "dispatch/attempt.h"
#include "dispatch/ledger.h"
#include "rundir/journal.h"

/* What may happen to a rank. */
#define RANK_DIED        "died"
#define RANK_FELL_SILENT "fell silent"
#define RANK_LET_GO      "was let go, another rank of its team being lost,"

/* {0}: nobody is told anything. */
typedef struct witness {
    journal_t *journal;         /* borrowed; NULL = none              */
    const process_t *processes; /* borrowed [ranks]: who the ranks are */
    const plan_t *plan;         /* borrowed                           */
    double (*clock)(void);
} witness_t;

/* Notes that a master with so many workers has begun. */
void witness_open(const witness_t *witness, int workers);

/* An attempt of that rank ends as it says, or too late. `held` is what the rank had in hand, NULL
 * when the master itself ends the trial. */
void witness_end(const witness_t *witness, int rank, const assignment_t *held,
                 const attempt_t *attempt, int is_late);

/* A rank is lost (`how`: one of the texts above) with a trial in hand, which is blamed for it or
 * not. */
void witness_loss(const witness_t *witness, int rank, const assignment_t *held, const char *how,
                  int is_blamed);

/* Trials under way have begun, noted once each: of those that end before, the end is noted alone.
 */
void witness_begun(const witness_t *witness, ledger_t *ledger);

/* Trials under way are not waited for. */
void witness_left_behind(const witness_t *witness, const ledger_t *ledger);

/* Writes RUN/progress.json: how far the sweep is, which trials run at `now` (as of `since`). */
void witness_write_live(const session_t *session, const ledger_t *ledger, int workers, double now);

#endif
