/* progress.h: how far a sweep is, and telling it: one line refreshed in place on a terminal, plain
 * lines now and then in a log. */
#ifndef RUNDIR_PROGRESS_H
#define RUNDIR_PROGRESS_H

#include <stddef.h>

#include "train/train.h"

enum { PROGRESS_TEXT_MAX = 256 };

typedef struct progress {
    size_t total;               /* trials of the plan                                      */
    size_t at_most;             /* how many of them a search asks for; 0 = no search: all  */
    size_t count[TRIAL_STATES]; /* of all trials; PENDING includes the running ones        */
    size_t running;
    size_t screened, to_screen; /* trials measured before the first is run; 0 of 0: none are */
    size_t ended;               /* in this session                                         */
    double cost_ended;          /* what those were expected to cost, in any one unit       */
    double cost_left;           /* of all pending trials                                   */
    double seconds;             /* since the session's first hand-out                      */
} progress_t;

/* Trials that have ended, whenever. */
size_t progress_done(const progress_t *progress);

/* Trials per second of this session; 0 before the first has ended. */
double progress_rate(const progress_t *progress);

/* Seconds to the end at the pace of this session in expected cost (so long trials first do not
 * make it look slow); NaN before the first trial has ended. */
double progress_eta(const progress_t *progress);

/* "12 of 48 done (3 diverged, 1 failed), 2 running, 0.85/s, 1m 20s left"; of a search "at most 48",
 * and without what it left out. */
void progress_print(const progress_t *progress, char text[PROGRESS_TEXT_MAX]);

/* "44 completed, 3 diverged, 1 failed": the states that occur, pending ones last. */
void progress_print_states(const size_t count[TRIAL_STATES], char text[PROGRESS_TEXT_MAX]);

/* Where and how often it is told. */
typedef struct teller {
    int is_quiet;
    int columns;      /* of the terminal on stderr; 0 = a log                   */
    double told_at;   /* progress seconds of the last line                      */
    size_t told_done; /* its number of trials done                              */
    int is_line_open; /* the terminal's cursor stands behind a refreshed line   */
} teller_t;

/* Width of the terminal on stderr, 0 when it is none. */
int teller_columns(void);

/* Writes the line to stderr when due: on a terminal 5 times a second, in a log after every tenth of
 * the sweep or 30 s, at most once a second. */
void teller_tell(teller_t *teller, const progress_t *progress);

/* Clears the refreshed line, before anything else is written to stderr and at the end. */
void teller_break(teller_t *teller);

#endif
