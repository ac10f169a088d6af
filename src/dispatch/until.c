#include "dispatch/until.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/log.h"
#include "rundir/stopped.h"
#include "store/store.h"

static void take(until_t *until, size_t trial, trial_state_t state, double score,
                 double inclusion) {
    int is_result = state == TRIAL_COMPLETED || state == TRIAL_DIVERGED;
    /* What failed or was pruned has ended, so the turns go on, and has no label: weight 0. A result
     * stands for all that had the same chance to become one: 1 / inclusion (Horvitz and Thompson).
     */
    until->has_ended[trial] = state != TRIAL_PENDING;
    until->score[trial] = score;
    until->weight[trial] = is_result && inclusion > 0 ? 1 / inclusion : 0;
    until->diverged[trial] = state == TRIAL_DIVERGED;
}

static double number_at(const frame_column_t *column, size_t row, double fallback) {
    int is_known = column && column->number && !isnan(column->number[row]);
    return is_known ? column->number[row] : fallback;
}

/* Results of earlier runs. A trial whose state is PENDING may have a file, which does not count:
 * it is to be run again. */
static status_t take_files(until_t *until) {
    char path[64];
    frame_t trials = {0};
    const session_t *session = until->session;
    size_t count = plan_count(session->plan);
    if (session_count(session, TRIAL_PENDING) == count) return STATUS_OK;
    TRY(store_load(session->run_dir, session->plan, &trials));
    snprintf(path, sizeof path, "summary/%s", session->options->until_score);
    const frame_column_t *score = frame_find(&trials, path);
    const frame_column_t *inclusion = frame_find(&trials, "policy/inclusion");
    for (size_t i = 0; i < count; i++)
        take(until, i, session->states[i], number_at(score, i, NAN), number_at(inclusion, i, 1));
    frame_clear(&trials);
    return STATUS_OK;
}

status_t until_open(const session_t *session, const order_t *order, until_t *until) {
    *until = (until_t){.session = session};
    if (!(session->options->until.half_width > 0)) return STATUS_OK;
    size_t count = plan_count(session->plan);
    until->order = order;
    until->has_ended = calloc(count, sizeof *until->has_ended);
    until->score = calloc(count, sizeof *until->score);
    until->weight = calloc(count, sizeof *until->weight);
    until->diverged = calloc(count, sizeof *until->diverged);
    CHECK(until->has_ended && until->score && until->weight && until->diverged, STATUS_ENVIRONMENT,
          "out of memory for %zu trials", count);
    return take_files(until);
}

void until_close(until_t *until) {
    free(until->has_ended);
    free(until->score);
    free(until->weight);
    free(until->diverged);
    *until = (until_t){0};
}

void until_note(until_t *until, const attempt_t *attempt) {
    if (!until->order) return;
    take(until, attempt->trial, attempt->state, attempt->score, attempt->inclusion);
}

void until_note_file(until_t *until, size_t trial, trial_state_t state) {
    char name[TRIAL_STATE_MAX];
    record_t record = {0};
    attempt_t attempt = {.trial = trial, .state = state};
    const session_t *session = until->session;
    if (!until->order) return;
    if (store_read_trial(session->run_dir, plan_trial(session->plan, trial), name, &record) !=
        STATUS_OK)
        log_warning("%s", status_message());
    attempt_set_score(session, &record, &attempt);
    record_clear(&record);
    until_note(until, &attempt);
}

static void tell(until_t *until, const anytime_look_t *look) {
    const sweep_options_t *options = until->session->options;
    snprintf(until->text, sizeof until->text,
             "AUROC CI half-width %.3f <= %g after %zu of %zu trials (%s: AUROC %.3f, 95 %% CI "
             "%.3f to %.3f)",
             look->half_width, options->until.half_width, until->looked, until->order->count,
             options->until_score, look->found.auroc, look->found.interval.low,
             look->found.interval.high);
    if (stopped_write(until->session->run_dir, until->text) != STATUS_OK)
        log_warning("%s", status_message());
}

/* At the first until->looked turns. */
static status_t look(until_t *until) {
    size_t count = until->order->count;
    double *weight = calloc(count, sizeof *weight);
    CHECK(weight, STATUS_ENVIRONMENT, "out of memory for %zu trials", count);
    order_inclusion(until->order, until->looked, weight);
    for (size_t i = 0; i < count; i++) weight[i] = weight[i] > 0 ? until->weight[i] / weight[i] : 0;
    anytime_look_t seen =
        anytime_look(&until->session->options->until, count, until->score, until->diverged, weight);
    free(weight);
    until->is_met = seen.is_enough;
    if (until->is_met) tell(until, &seen);
    return STATUS_OK;
}

int until_is_met(until_t *until) {
    const order_t *order = until->order;
    if (!order || until->is_met) return until->is_met;
    while (until->turns < order->count && until->has_ended[order->trial[until->turns]])
        until->turns++;
    for (;;) {
        size_t next = anytime_next(&until->session->options->until, until->looked);
        if (next > until->turns) return 0;
        until->looked = next;
        if (look(until) != STATUS_OK) log_warning("%s", status_message());
        if (until->is_met) return 1;
    }
}
