/* screening.h: the part of a dispatch before its first trial, in a sweep that goes by a score:
 * of all trials that begin alike (train/alike.h) one is handed out to be measured at
 * initialisation, for all of them. The trials follow, in their order (turns.h), when all scores are
 * known. */
#ifndef DISPATCH_SCREENING_H
#define DISPATCH_SCREENING_H

#include "dispatch/session.h"
#include "dispatch/wishes.h"
#include "rundir/turns.h"
#include "train/alike.h"

typedef struct screening {
    const session_t *session; /* borrowed                                               */
    order_options_t options;
    alike_t alike;           /* owned, {0} when nothing is to be screened               */
    double *score;           /* owned [plan_count], NULL when nothing is to be screened */
    unsigned char *is_known; /* owned [plan_count]                                      */
    size_t left;             /* trials that are not                                     */
} screening_t;

/* Finds out what the session's sweep goes by, and wishes for the trials that have to be screened;
 * for none when all scores are known, or when it goes by no score. */
status_t screening_open(const session_t *session, screening_t *screening, wishes_t *wishes);
void screening_close(screening_t *screening); /* {0} is fine; leaves {0} */

/* 1: what is handed out now is to be screened and not to be run. */
int screening_is_on(const screening_t *screening);

/* 1: there is nothing to find out about the trial any more. */
int screening_knows(const screening_t *screening, size_t trial);

/* The score of all that begin as the trial does, NaN when it cannot be measured: the trials will
 * tell why. The first one counts. A disk that does not take it: STATUS_ENVIRONMENT. */
status_t screening_note(screening_t *screening, size_t trial, double score);

/* The trial took its ranks down: it has no score (NaN), and another one is wished for, which stands
 * for the rest. Errors as of screening_note. */
status_t screening_give_up(screening_t *screening, size_t trial, wishes_t *wishes);

/* When it is over: the order that the sweep goes by; of count 0 when that is by length. */
status_t screening_order(const screening_t *screening, order_t *order);

#endif
