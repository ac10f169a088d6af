/* ladders.h: the part of a dispatch that follows a search (plan/search.h): which trials are asked
 * for depends on results. */
#ifndef DISPATCH_LADDERS_H
#define DISPATCH_LADDERS_H

#include "dispatch/wishes.h"
#include "plan/plan.h"
#include "train/train.h"

/* The message of a trial that is left out. */
#define LADDERS_REASON "not needed: the search went another way"

typedef struct ladders {
    const plan_t *plan; /* borrowed                                                    */
    size_t count;       /* 0: the sweep is no search                                   */
    int *rungs;         /* owned [count]: the one that each asks for (plan/search.h)   */
} ladders_t;

/* Below, `states` [plan_count] are those of the plan's trials. */

/* Wishes for the trials that all ladders ask for by now; those that can no longer be asked for are
 * to be left out. None in a sweep that is no search. */
status_t ladders_open(const plan_t *plan, const trial_state_t *states, ladders_t *ladders,
                      wishes_t *wishes);
void ladders_close(ladders_t *ladders); /* {0} is fine; leaves {0} */

/* The trial has ended: the same for its ladder. */
void ladders_note(ladders_t *ladders, const trial_state_t *states, size_t trial, wishes_t *wishes);

#endif
