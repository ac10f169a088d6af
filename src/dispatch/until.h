/* until.h: stops a sweep when enough is known of a score (`run --until-ci`).
 *
 * Looks at the results of the first turns of the sweep's order (policy/order.h) when all of them
 * have ended, at the numbers of turns that policy/anytime.h names. What it decides is a function of
 * order and results alone: the same with any number of workers, however often the sweep was killed
 * and resumed, and trials that end soon (because they diverge, say) have no more part in it than
 * others. */
#ifndef DISPATCH_UNTIL_H
#define DISPATCH_UNTIL_H

#include "dispatch/attempt.h"
#include "policy/order.h"
#include "rundir/stopped.h"

typedef struct until {
    const session_t *session; /* borrowed */
    const order_t *order;     /* borrowed; NULL: nothing is waited for                    */
    unsigned char *has_ended; /* owned [plan_count]                                        */
    double *score, *weight;   /* owned [plan_count]; weight by policies, 0 = not a result  */
    int *diverged;            /* owned [plan_count]                                        */
    size_t turns;             /* all trials of so many turns have ended                    */
    size_t looked;            /* at so many of them                                        */
    int is_met;
    char text[STOPPED_TEXT_MAX]; /* what was seen when it was met                            */
} until_t;

/* Takes in what had ended before. `order`: of all trials of the session, which must outlive the
 * rest. Nothing else is allowed when options->until asks for nothing. */
status_t until_open(const session_t *session, const order_t *order, until_t *until);
void until_close(until_t *until); /* {0} is fine */

/* The trial of the attempt has ended in attempt->state. */
void until_note(until_t *until, const attempt_t *attempt);

/* The same for one of which only that is known: its file tells the rest. */
void until_note_file(until_t *until, size_t trial, trial_state_t state);

/* Looks, if it is time. 1 when enough is known; is then written to RUN/stopped, once. Costs nothing
 * between two looks. */
int until_is_met(until_t *until);

#endif
