#include "sweep/screening.h"

#include <stdlib.h>

#include "sweep/dispatch.h"

int screening_is_on(const screening_t *screening) { return screening->left > 0; }

static status_t begin(dispatch_t *dispatch) {
    screening_t *screening = &dispatch->screening;
    TRY(turns_order(dispatch->session->plan, &screening->options, screening->score,
                    &dispatch->order));
    return dispatch_begin(dispatch);
}

/* What this run has to find out. */
static status_t look_at_file(const session_t *session, screening_t *screening) {
    size_t count = plan_count(session->plan);
    screening->score = calloc(count, sizeof *screening->score);
    screening->is_known = calloc(count, 1);
    CHECK(screening->score && screening->is_known, STATUS_ENVIRONMENT,
          "out of memory for %zu trials", count);
    screening->left =
        count - turns_read_scores(session->run_dir, screening->options.score, session->plan,
                                  screening->score, screening->is_known);
    return STATUS_OK;
}

status_t screening_start(dispatch_t *dispatch) {
    session_t *session = dispatch->session;
    screening_t *screening = &dispatch->screening;
    screening->options = order_options(plan_trial(session->plan, 0)->config);
    if (screening->options.by == ORDER_BY_LENGTH && session->options->until.half_width > 0)
        screening->options.by = ORDER_BY_CHANCE;
    TRY(turns_keep_order(session->run_dir, &screening->options));
    if (screening->options.by == ORDER_BY_SCORE) TRY(look_at_file(session, screening));
    if (!screening_is_on(screening)) return begin(dispatch);
    dispatch->progress.to_screen = plan_count(session->plan);
    dispatch->progress.screened = plan_count(session->plan) - screening->left;
    for (size_t i = 0; i < plan_count(session->plan); i++)
        if (!screening->is_known[i]) dispatch_put(dispatch, i);
    return STATUS_OK;
}

void screening_close(screening_t *screening) {
    free(screening->score);
    free(screening->is_known);
    *screening = (screening_t){0};
}

void screening_note(dispatch_t *dispatch, size_t trial, double score) {
    const session_t *session = dispatch->session;
    screening_t *screening = &dispatch->screening;
    if (!screening->left || screening->is_known[trial]) return;
    status_t status = turns_add_score(session->run_dir, screening->options.score,
                                      plan_trial(session->plan, trial), score);
    if (status == STATUS_OK) {
        screening->score[trial] = score;
        screening->is_known[trial] = 1;
        dispatch->progress.screened++;
        if (--screening->left == 0) status = begin(dispatch);
    } else {
        dispatch_put(dispatch, trial);
    }
    if (status != STATUS_OK) dispatch_stop(dispatch, status, status_message());
}
