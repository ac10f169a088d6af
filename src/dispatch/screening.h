/* screening.h: the part of a dispatch before its first trial, in a sweep that goes by a score:
 * of all trials that begin alike (train/alike.h) one is handed out to be measured at
 * initialisation, for all of them. The trials follow, in their order (turns.h), when all scores are
 * known. */
#ifndef DISPATCH_SCREENING_H
#define DISPATCH_SCREENING_H

#include "dispatch/attempt.h"
#include "rundir/turns.h"
#include "train/alike.h"

typedef struct screening {
    order_options_t options;
    alike_t alike;           /* owned, {0} when nothing is to be screened               */
    double *score;           /* owned [plan_count], NULL when nothing is to be screened */
    unsigned char *is_known; /* owned [plan_count]                                      */
    size_t left;             /* trials that are not                                     */
} screening_t;

struct dispatch;

/* Puts the trials in that have not been screened yet; `screening` is empty and borrows nothing.
 * None: dispatch_begin. */
status_t screening_start(struct dispatch *dispatch);
void screening_close(screening_t *screening); /* {0} is fine */

/* 1: what is handed out now is to be screened and not to be run. */
int screening_is_on(const screening_t *screening);

/* The score of all that begin as the trial does, NaN when it cannot be measured: the trials will
 * tell why. The first one counts. After the last, dispatch_begin. */
void screening_note(struct dispatch *dispatch, size_t trial, double score);

/* The trial took its ranks down: it has no score (NaN), and another one stands for the rest. */
void screening_give_up(struct dispatch *dispatch, size_t trial);

#endif
