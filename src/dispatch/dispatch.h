/* dispatch.h: the bookkeeping of whoever hands out trials, be it a master or a process working
 * alone: what waits, what runs where, what has ended, when to stop. Knows no MPI.
 *
 * The life of a trial, once the session (session.h) has found no result of it on disk:
 *
 *   1. It waits in the schedule: the longest expected first (pace.h), or by the sweep's order. In a
 *      sweep that goes by a score its beginning is measured before (screening.h); of a search it
 *      waits when its ladder asks for it (ladders.h).
 *   2. dispatch_next hands it to a rank, if it fits into the time that is left (deadline.h).
 *   3. The rank tries it (attempt.h) and writes its file. Only then is it a result.
 *   4. dispatch_report takes the end, the first one that anybody tells: the ledger counts it, the
 *      paces learn from it, its ladder climbs, the packer may pack its file, the journal has a
 * line.
 *   5. Or the rank is lost: dispatch_bury looks for its file, which may be there; else the trial
 *      waits again, and after DISPATCH_DEATHS_MAX lost ranks it is FAILED.
 *   6. Or it is stopped, and waits, with its checkpoint, for the next run of the same command.
 *
 * Whatever is lost in between costs time and no result: the next session asks the disk again. */
#ifndef DISPATCH_DISPATCH_H
#define DISPATCH_DISPATCH_H

#include "dispatch/attempt.h"
#include "dispatch/board.h"
#include "dispatch/ending.h"
#include "dispatch/ladders.h"
#include "dispatch/ledger.h"
#include "dispatch/pace.h"
#include "dispatch/packer.h"
#include "dispatch/schedule.h"
#include "dispatch/screening.h"
#include "dispatch/until.h"
#include "dispatch/witness.h"

/* A trial that takes that many ranks down with it is FAILED and not tried again. */
enum { DISPATCH_DEATHS_MAX = 2 };

/* Anybody may read it; only the functions of this header, and through them those of the parts it is
 * made of, write. */
typedef struct dispatch {
    /* Given, and left as it is. */
    session_t *session;    /* borrowed; its states are the ledger's                       */
    board_t *board;        /* borrowed, or NULL when not below a launching process         */
    packer_t *packer;      /* borrowed, hears of every trial that ends; NULL = none        */
    double (*clock)(void); /* clock_seconds, unless simulated                             */
    double started;        /* clock_seconds                                              */
    int workers;

    /* The books: what is. Written by hand-outs, reports, burials and wishes of the user. */
    ledger_t ledger;           /* states, who holds what, counters                            */
    unsigned char *is_waiting; /* owned [plan_count]: is in the schedule, once                */
    unsigned *deaths;          /* owned [plan_count]: ranks that died with the trial in hand  */
    unsigned char *cancelled;  /* owned [plan_count]: not wanted any more                     */
    int fails;                 /* trials that FAILED in this session                          */

    /* Who is next. Written when trials begin to wait, end, or were measured. */
    schedule_t schedule;   /* what waits                                                  */
    pace_t pace;           /* what trials are expected to take                            */
    size_t weigh_next;     /* paces learnt at which the order is looked at anew           */
    screening_t screening; /* comes before the first trial, where it is wanted            */
    order_t order;         /* in which trials are handed out; count 0: the longest first  */
    ladders_t ladders;     /* where the searches are                                      */

    /* When it is over. */
    until_t until;   /* when enough is known                                        */
    ending_t ending; /* why to stop before that; written by dispatch_stop and dispatch_beat */

    /* What is told. Written by dispatch_beat. */
    witness_t witness;
    teller_t teller;
    double live_written; /* clock_seconds; 0 = never                                    */
} dispatch_t;

/* Puts all pending trials of the surveyed session in; of a search those that are to run first, the
 * others follow, or are written as SKIPPED, as results come. dispatch_close also after a failure.
 */
status_t dispatch_open(session_t *session, board_t *board, int ranks, int workers,
                       dispatch_t *dispatch);
void dispatch_close(dispatch_t *dispatch); /* {0} is fine */

/* From now on the packer hears of every trial that ends, and the journal of every attempt;
 * `processes` [ranks] says who the ranks are. NULL: nobody. All borrowed until dispatch_close. */
void dispatch_attach(dispatch_t *dispatch, packer_t *packer, journal_t *journal,
                     const process_t *processes);

/* Hands the next trial to `rank`, to be run or, if dispatch_is_screening then, only measured; 0
 * when none waits or the sweep is stopping. */
int dispatch_next(dispatch_t *dispatch, int rank, size_t *trial);
int dispatch_is_screening(const dispatch_t *dispatch, int rank);

/* Takes the report of what `rank` was handed, or had been before it was taken for dead: the first
 * end of a trial counts, whoever reports it. */
void dispatch_report(dispatch_t *dispatch, int rank, const attempt_t *attempt);

/* That (`how`, one of witness.h) happened to `rank`: its trial, if nobody has ended it yet, waits
 * again or is FAILED. The trial is blamed for it or, when a whole machine was lost, not. */
void dispatch_bury(dispatch_t *dispatch, int rank, const process_t *process, const char *how,
                   int is_blamed);

/* No more hand-outs; what runs is to be checkpointed. The first reason is kept, unless a later one
 * is STATUS_CORRUPT. */
void dispatch_stop(dispatch_t *dispatch, status_t status, const char *text);
int dispatch_is_stopping(const dispatch_t *dispatch);

/* 1 when what `rank` runs is not wanted any more. */
int dispatch_is_cancelled(const dispatch_t *dispatch, int rank);

/* To be called often: hears requests to stop, tells progress. */
void dispatch_beat(dispatch_t *dispatch);

/* 1 when nothing runs and nothing may be handed out any more, or when there is no time left to wait
 * for what runs. */
int dispatch_is_over(const dispatch_t *dispatch);

/* How the sweep ended, with a sentence unless STATUS_OK. Nothing more is told of progress. */
status_t dispatch_verdict(dispatch_t *dispatch);

#endif
