#include "dispatch/screening.h"

#include <math.h>
#include <stdlib.h>

int screening_is_on(const screening_t *screening) { return screening->left > 0; }

int screening_knows(const screening_t *screening, size_t trial) {
    return !screening->left || screening->is_known[trial];
}

/* Scores that an earlier run has measured are the same bits, so they are not measured again. */
static status_t look_at_file(screening_t *screening) {
    const session_t *session = screening->session;
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

/* Notes the score of one trial: on file first, so that no order ever rests on a score that a
 * resumed run would not find. */
static status_t add(screening_t *screening, size_t trial, double score) {
    const session_t *session = screening->session;
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

static status_t add_alike(screening_t *screening, size_t trial, double score) {
    size_t i = screening->alike.first[trial];
    while ((i = find_unknown(screening, i)) != ALIKE_END) TRY(add(screening, i, score));
    return STATUS_OK;
}

/* One trial for each beginning that has no score yet. A run that was killed may have noted the
 * score of some of those that begin alike and not of others. */
static status_t wish_for_all(screening_t *screening, wishes_t *wishes) {
    for (size_t i = 0; i < plan_count(screening->session->plan); i++) {
        if (screening->alike.first[i] != i) continue;
        size_t unknown = find_unknown(screening, i);
        if (unknown == ALIKE_END) continue;
        double score = find_score(screening, i);
        if (isnan(score))
            wishes_add(wishes, WISH_PUT, unknown);
        else
            TRY(add_alike(screening, i, score));
    }
    return STATUS_OK;
}

status_t screening_open(const session_t *session, screening_t *screening, wishes_t *wishes) {
    *screening = (screening_t){.session = session,
                               .options = order_options(plan_trial(session->plan, 0)->config)};
    /* Trials that are to be a sample of the sweep must not be its longest. */
    if (screening->options.by == ORDER_BY_LENGTH && session->options->until.half_width > 0)
        screening->options.by = ORDER_BY_CHANCE;
    TRY(turns_keep_order(session->run_dir, &screening->options));
    if (screening->options.by != ORDER_BY_SCORE) return STATUS_OK;
    TRY(look_at_file(screening));
    return wish_for_all(screening, wishes);
}

void screening_close(screening_t *screening) {
    alike_destroy(&screening->alike);
    free(screening->score);
    free(screening->is_known);
    *screening = (screening_t){0};
}

status_t screening_note(screening_t *screening, size_t trial, double score) {
    return screening_knows(screening, trial) ? STATUS_OK : add_alike(screening, trial, score);
}

status_t screening_give_up(screening_t *screening, size_t trial, wishes_t *wishes) {
    if (screening_knows(screening, trial)) return STATUS_OK;
    TRY(add(screening, trial, NAN));
    size_t other = find_unknown(screening, screening->alike.first[trial]);
    if (other != ALIKE_END) wishes_add(wishes, WISH_PUT, other);
    return STATUS_OK;
}

status_t screening_order(const screening_t *screening, order_t *order) {
    return turns_order(screening->session->plan, &screening->options, screening->score, order);
}
