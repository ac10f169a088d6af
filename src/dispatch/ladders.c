#include "dispatch/ladders.h"

#include <stdlib.h>

#include "dispatch/dispatch.h"
#include "plan/search.h"

static search_outcome_t outcome(const void *context, size_t trial) {
    static const search_outcome_t outcomes[TRIAL_STATES] = {
        [TRIAL_PENDING] = SEARCH_OPEN,      [TRIAL_COMPLETED] = SEARCH_STABLE,
        [TRIAL_DIVERGED] = SEARCH_DIVERGED, [TRIAL_PRUNED] = SEARCH_NO_RESULT,
        [TRIAL_FAILED] = SEARCH_NO_RESULT,  [TRIAL_LOST] = SEARCH_NO_RESULT,
        [TRIAL_SKIPPED] = SEARCH_NO_RESULT,
    };
    return outcomes[((const trial_state_t *)context)[trial]];
}

static void leave_out(dispatch_t *dispatch, size_t trial) {
    attempt_t attempt =
        attempt_write_skipped(dispatch->session, trial, "not needed: the search went another way");
    if (attempt.state == TRIAL_PENDING)
        dispatch_stop(dispatch, attempt.status, attempt.text);
    else
        dispatch_change_state(dispatch, trial, attempt.state);
}

/* Has a ladder come to another rung? Puts that one in; those that can no longer be asked are
 * skipped. */
static void climb(dispatch_t *dispatch, size_t ladder) {
    const session_t *session = dispatch->session;
    const spec_t *spec = plan_spec(session->plan);
    search_step_t step = search_follow(session->plan, ladder, outcome, session->states);
    if (dispatch->rungs[ladder] == step.next) return;
    dispatch->rungs[ladder] = step.next;
    for (int rung = 0; rung < (int)spec_search(spec)->rungs; rung++) {
        int is_out = step.next < 0 || rung <= step.low || rung >= step.high;
        size_t first = search_first(session->plan, ladder, (size_t)rung);
        for (size_t i = first; i < first + (size_t)spec_replicas(spec); i++) {
            if (session->states[i] != TRIAL_PENDING) continue;
            if (is_out) leave_out(dispatch, i);
            if (rung == step.next) dispatch_put(dispatch, i);
        }
    }
}

status_t ladders_start(dispatch_t *dispatch) {
    enum { NOT_LOOKED_AT = -2 };
    size_t ladders = search_ladders(dispatch->session->plan);
    dispatch->progress.at_most = search_trials(dispatch->session->plan);
    dispatch->rungs = calloc(ladders, sizeof *dispatch->rungs);
    CHECK(dispatch->rungs, STATUS_ENVIRONMENT, "out of memory for %zu searches", ladders);
    for (size_t i = 0; i < ladders; i++) dispatch->rungs[i] = NOT_LOOKED_AT;
    for (size_t i = 0; i < ladders; i++) climb(dispatch, i);
    return STATUS_OK;
}

void ladders_note(dispatch_t *dispatch, size_t trial) {
    if (dispatch->rungs) climb(dispatch, search_ladder_of(dispatch->session->plan, trial));
}
