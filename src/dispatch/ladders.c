#include "dispatch/ladders.h"

#include <stdlib.h>

#include "plan/search.h"

enum { NOT_LOOKED_AT = -2 }; /* of a ladder: no rung is called so (plan/search.h) */

/* Only what ran to its end says something about a rung. What was pruned, failed or skipped has no
 * label, and the rung is judged by its other replicas. */
static search_outcome_t outcome(const void *context, size_t trial) {
    static const search_outcome_t outcomes[TRIAL_STATES] = {
        [TRIAL_PENDING] = SEARCH_OPEN,      [TRIAL_COMPLETED] = SEARCH_STABLE,
        [TRIAL_DIVERGED] = SEARCH_DIVERGED, [TRIAL_PRUNED] = SEARCH_NO_RESULT,
        [TRIAL_FAILED] = SEARCH_NO_RESULT,  [TRIAL_LOST] = SEARCH_NO_RESULT,
        [TRIAL_SKIPPED] = SEARCH_NO_RESULT,
    };
    return outcomes[((const trial_state_t *)context)[trial]];
}

/* Nothing is wished as long as a ladder stands on the same rung: what it asked for waits already.
 */
static void climb(ladders_t *ladders, const trial_state_t *states, size_t ladder,
                  wishes_t *wishes) {
    const plan_t *plan = ladders->plan;
    const spec_t *spec = plan_spec(plan);
    search_step_t step = search_follow(plan, ladder, outcome, states);
    if (ladders->rungs[ladder] == step.next) return;
    ladders->rungs[ladder] = step.next;
    for (int rung = 0; rung < (int)spec_search(spec)->rungs; rung++) {
        int is_out = step.next < 0 || rung <= step.low || rung >= step.high;
        size_t first = search_first(plan, ladder, (size_t)rung);
        for (size_t i = first; i < first + (size_t)spec_replicas(spec); i++) {
            if (states[i] != TRIAL_PENDING) continue;
            if (is_out) wishes_add(wishes, WISH_LEAVE_OUT, i);
            if (rung == step.next) wishes_add(wishes, WISH_PUT, i);
        }
    }
}

status_t ladders_open(const plan_t *plan, const trial_state_t *states, ladders_t *ladders,
                      wishes_t *wishes) {
    *ladders = (ladders_t){.plan = plan, .count = search_ladders(plan)};
    if (!ladders->count) return STATUS_OK;
    ladders->rungs = calloc(ladders->count, sizeof *ladders->rungs);
    CHECK(ladders->rungs, STATUS_ENVIRONMENT, "out of memory for %zu searches", ladders->count);
    for (size_t i = 0; i < ladders->count; i++) ladders->rungs[i] = NOT_LOOKED_AT;
    for (size_t i = 0; i < ladders->count; i++) climb(ladders, states, i, wishes);
    return STATUS_OK;
}

void ladders_close(ladders_t *ladders) {
    free(ladders->rungs);
    *ladders = (ladders_t){0};
}

void ladders_note(ladders_t *ladders, const trial_state_t *states, size_t trial, wishes_t *wishes) {
    if (ladders->count) climb(ladders, states, search_ladder_of(ladders->plan, trial), wishes);
}
