/* dispatch.h: the bookkeeping of whoever hands out trials, be it a master or a process working
 * alone: what waits, what runs where, what has ended, when to stop. Knows no MPI. */
#ifndef DISPATCH_DISPATCH_H
#define DISPATCH_DISPATCH_H

#include "dispatch/attempt.h"
#include "dispatch/board.h"
#include "dispatch/deadline.h"
#include "dispatch/pace.h"
#include "dispatch/packer.h"
#include "dispatch/schedule.h"
#include "dispatch/screening.h"
#include "dispatch/until.h"
#include "rundir/journal.h"
#include "rundir/progress.h"

/* A trial that takes that many ranks down with it is FAILED and not tried again. */
enum { DISPATCH_DEATHS_MAX = 2 };

/* What one rank computes. */
typedef struct assignment {
    int is_running;
    size_t trial;
    double since; /* clock_seconds of the hand-out */
    int is_noted; /* its beginning is in the journal */
} assignment_t;

typedef struct dispatch {
    double (*clock)(void);      /* clock_seconds, unless simulated                             */
    session_t *session;         /* borrowed; its states are kept up to date                    */
    board_t *board;             /* borrowed, or NULL when not below a launching process        */
    packer_t *packer;           /* borrowed, hears of every trial that ends; NULL = none        */
    journal_t *journal;         /* borrowed, hears of every attempt; NULL = none                */
    const process_t *processes; /* borrowed [ranks]: who they are, for the journal             */
    schedule_t schedule;        /* what waits                                                  */
    pace_t pace;                /* what trials are expected to take                            */
    size_t weigh_next;          /* paces learnt at which the order is looked at anew           */
    unsigned char *has_ended;   /* owned [plan_count]: in this session                         */
    assignment_t *assignments;  /* owned [ranks]                                               */
    unsigned *deaths;           /* owned [plan_count]: ranks that died with the trial in hand  */
    unsigned char *cancelled;   /* owned [plan_count]: not wanted any more                     */
    screening_t screening;      /* comes before the first trial, where it is wanted            */
    order_t order;              /* in which trials are handed out; count 0: the longest first  */
    until_t until;              /* when enough is known                                        */
    int *rungs;                 /* owned [search_ladders]: where each is (plan/search.h), or NULL */
    int ranks, workers;
    int fails; /* trials that FAILED in this session                                          */
    deadline_t deadline;
    progress_t progress;
    teller_t teller;
    double started, live_written; /* clock_seconds                                            */
    status_t stop_status;         /* STATUS_OK while trials may be handed out                    */
    char stop_text[ATTEMPT_TEXT_MAX];
} dispatch_t;

/* Puts all pending trials of the surveyed session in; of a search those that are to run first, the
 * others follow, or are written as SKIPPED, as results come. */
status_t dispatch_open(session_t *session, board_t *board, int ranks, int workers,
                       dispatch_t *dispatch);
void dispatch_close(dispatch_t *dispatch); /* {0} is fine */

/* For screening.h and ladders.h: puts a trial in, to be screened or run; puts all in that are to be
 * run, in the order that is known by now; notes that the file of a pending trial is there. */
void dispatch_put(dispatch_t *dispatch, size_t trial);
status_t dispatch_begin(dispatch_t *dispatch);
void dispatch_change_state(dispatch_t *dispatch, size_t trial, trial_state_t state);

/* Hands the next trial to `rank`, to be screened while screening_is_on(), else to be run; 0 when
 * none waits or the sweep is stopping. */
int dispatch_next(dispatch_t *dispatch, int rank, size_t *trial);

/* Takes the report of what `rank` was handed, or had been before it was taken for dead: the first
 * end of a trial counts, whoever reports it. */
void dispatch_report(dispatch_t *dispatch, int rank, const attempt_t *attempt);

/* What may happen to a rank. */
#define DISPATCH_DIED        "died"
#define DISPATCH_FELL_SILENT "fell silent"
#define DISPATCH_LET_GO      "was let go, another rank of its team being lost,"

/* That (`how`) happened to `rank`: its trial, if it had not written its file yet, waits again or is
 * FAILED. The trial is blamed for it or, when a whole machine was lost, not. */
void dispatch_bury(dispatch_t *dispatch, int rank, const process_t *process, const char *how,
                   int is_blamed);

/* No more hand-outs; what runs is to be checkpointed. The first reason is kept. */
void dispatch_stop(dispatch_t *dispatch, status_t status, const char *text);

/* 1 when what `rank` runs is not wanted any more. */
int dispatch_is_cancelled(const dispatch_t *dispatch, int rank);

/* To be called often: hears requests to stop, tells progress. */
void dispatch_beat(dispatch_t *dispatch);

/* 1 when nothing runs and nothing may be handed out any more, or when there is no time left to wait
 * for what runs. */
int dispatch_is_over(const dispatch_t *dispatch);

/* How the sweep ended, with a sentence unless STATUS_OK. */
status_t dispatch_verdict(const dispatch_t *dispatch);

#endif
