#include "dispatch/alone.h"

/* Between two steps of its trial the process is its own master. */
static int watch(void *context, int64_t step, int64_t steps) {
    dispatch_t *dispatch = context;
    (void)step, (void)steps;
    dispatch_beat(dispatch);
    return dispatch_is_stopping(dispatch) || dispatch_is_cancelled(dispatch, 0);
}

void alone_work(dispatch_t *dispatch) {
    size_t trial;
    dispatch_beat(dispatch);
    while (dispatch_next(dispatch, 0, &trial)) {
        attempt_t attempt = dispatch_is_screening(dispatch, 0)
                                ? attempt_screen(dispatch->session, trial, watch, dispatch)
                                : attempt_trial(dispatch->session, trial, watch, dispatch);
        dispatch_report(dispatch, 0, &attempt);
        dispatch_beat(dispatch);
    }
}
