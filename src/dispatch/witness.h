/* witness.h: tells the journal what becomes of the trials that a dispatch hands out. */
#ifndef DISPATCH_WITNESS_H
#define DISPATCH_WITNESS_H

#include "dispatch/dispatch.h"

/* From now on the journal (NULL: nobody) hears of every attempt; `processes` [ranks] says who the
 * ranks are. Both are borrowed until dispatch_close. */
void witness_open(dispatch_t *dispatch, journal_t *journal, const process_t *processes);

/* An attempt ends as it says, or too late: to be called before the trial's state changes. */
void witness_end(const dispatch_t *dispatch, int rank, const attempt_t *attempt);

/* A rank is lost with a trial in hand; the arguments are those of dispatch_bury. */
void witness_loss(const dispatch_t *dispatch, int rank, const char *how, int is_blamed);

/* Trials under way have begun, noted once each: of those that end before, the end is noted alone.
 */
void witness_begun(dispatch_t *dispatch);

/* Trials under way are not waited for. */
void witness_left_behind(const dispatch_t *dispatch);

#endif
