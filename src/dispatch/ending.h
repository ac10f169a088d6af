/* ending.h: why nothing is handed out any more: a request, the clock, a failure. The first reason
 * is kept, but STATUS_CORRUPT takes the place of another, and is how the sweep ends unless
 * everything has a result by then. */
#ifndef DISPATCH_ENDING_H
#define DISPATCH_ENDING_H

#include "dispatch/attempt.h"
#include "dispatch/board.h"
#include "dispatch/deadline.h"

typedef struct ending {
    const char *run_dir; /* borrowed                                                      */
    deadline_t deadline;
    status_t status; /* STATUS_OK while trials may be handed out                      */
    char text[ATTEMPT_TEXT_MAX];
} ending_t;

int ending_has_come(const ending_t *ending);

/* For that reason; the same command resumes, by itself in a job script after STATUS_REQUEUE. */
void ending_stop(ending_t *ending, status_t status, const char *text);

/* By the user's wish, said now or before: no job script is to start it again by itself. */
void ending_stop_for_good(ending_t *ending, const char *text);

/* Because there is no time left, the user's or the batch system's ("the job's time is up"). */
void ending_stop_for_time(ending_t *ending, const char *why);

/* Looks for requests, those passed on over the board (NULL: none) too, and at the clock: `now` in
 * clock_seconds. */
void ending_look(ending_t *ending, const board_t *board, double now);

#endif
