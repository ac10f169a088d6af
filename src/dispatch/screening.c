#include "dispatch/screening.h"

#include <math.h>
#include <stdlib.h>

#include "dispatch/dispatch.h"

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
    TRY(alike_create(session->plan, &screening->alike));
    screening->left =
        count - turns_read_scores(session->run_dir, screening->options.score, session->plan,
                                  screening->score, screening->is_known);
    return STATUS_OK;
}

/* Notes the score of one trial. */
static status_t add(const session_t *session, screening_t *screening, size_t trial, double score) {
    TRY(turns_add_score(session->run_dir, screening->options.score,
                        plan_trial(session->plan, trial), score));
    screening->score[trial] = score;
    screening->is_known[trial] = 1;
    screening->left--;
    return STATUS_OK;
}

/* Of those that begin as `trial` does, the first from there on that has no score yet. */
static size_t find_unknown(const screening_t *screening, size_t trial) {
    while (trial != ALIKE_END && screening->is_known[trial]) trial = screening->alike.next[trial];
    return trial;
}

/* What one of them has measured; NaN: none has. */
static double find_score(const screening_t *screening, size_t first) {
    for (size_t i = first; i != ALIKE_END; i = screening->alike.next[i])
        if (screening->is_known[i] && !isnan(screening->score[i])) return screening->score[i];
    return NAN;
}

static status_t add_alike(const session_t *session, screening_t *screening, size_t trial,
                          double score) {
    size_t i = screening->alike.first[trial];
    while ((i = find_unknown(screening, i)) != ALIKE_END) TRY(add(session, screening, i, score));
    return STATUS_OK;
}

/* One trial for each beginning that has no score yet. A run that was killed may have noted the
 * score of some of those that begin alike and not of others. */
static status_t put_all(dispatch_t *dispatch) {
    const session_t *session = dispatch->session;
    screening_t *screening = &dispatch->screening;
    for (size_t i = 0; i < plan_count(session->plan); i++) {
        if (screening->alike.first[i] != i) continue;
        size_t unknown = find_unknown(screening, i);
        if (unknown == ALIKE_END) continue;
        double score = find_score(screening, i);
        if (isnan(score))
            dispatch_put(dispatch, unknown);
        else
            TRY(add_alike(session, screening, i, score));
    }
    return STATUS_OK;
}

static void tell_progress(dispatch_t *dispatch) {
    size_t count = plan_count(dispatch->session->plan);
    dispatch->progress.to_screen = count;
    dispatch->progress.screened = count - dispatch->screening.left;
}

status_t screening_start(dispatch_t *dispatch) {
    session_t *session = dispatch->session;
    screening_t *screening = &dispatch->screening;
    screening->options = order_options(plan_trial(session->plan, 0)->config);
    if (screening->options.by == ORDER_BY_LENGTH && session->options->until.half_width > 0)
        screening->options.by = ORDER_BY_CHANCE;
    TRY(turns_keep_order(session->run_dir, &screening->options));
    if (screening->options.by == ORDER_BY_SCORE) TRY(look_at_file(session, screening));
    if (screening_is_on(screening)) TRY(put_all(dispatch));
    if (!screening_is_on(screening)) return begin(dispatch);
    tell_progress(dispatch);
    return STATUS_OK;
}

void screening_close(screening_t *screening) {
    alike_destroy(&screening->alike);
    free(screening->score);
    free(screening->is_known);
    *screening = (screening_t){0};
}

/* After an answer. A disk that does not take it ends the sweep. */
static void go_on(dispatch_t *dispatch, size_t trial, status_t status) {
    if (status != STATUS_OK) dispatch_put(dispatch, trial);
    tell_progress(dispatch);
    if (status == STATUS_OK && !screening_is_on(&dispatch->screening)) status = begin(dispatch);
    if (status != STATUS_OK) dispatch_stop(dispatch, status, status_message());
}

void screening_note(dispatch_t *dispatch, size_t trial, double score) {
    screening_t *screening = &dispatch->screening;
    if (!screening->left || screening->is_known[trial]) return;
    go_on(dispatch, trial, add_alike(dispatch->session, screening, trial, score));
}

void screening_give_up(dispatch_t *dispatch, size_t trial) {
    screening_t *screening = &dispatch->screening;
    if (!screening->left || screening->is_known[trial]) return;
    status_t status = add(dispatch->session, screening, trial, NAN);
    size_t other = find_unknown(screening, screening->alike.first[trial]);
    if (status == STATUS_OK && other != ALIKE_END) dispatch_put(dispatch, other);
    go_on(dispatch, trial, status);
}
