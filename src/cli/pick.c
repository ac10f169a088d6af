#include "cli/pick.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "cli/saved.h"
#include "plan/search.h"
#include "rundir/run_dir.h"
#include "store/store.h"
#include "train/train.h"

static status_t add(const plan_t *plan, const trial_t *trial, pick_t *pick) {
    if (!pick->trials) pick->trials = calloc(plan_count(plan) + 1, sizeof *pick->trials);
    CHECK(pick->trials, STATUS_ENVIRONMENT, "out of memory for %zu trials", plan_count(plan));
    for (size_t i = 0; i < pick->count; i++)
        if (pick->trials[i] == trial) return STATUS_OK;
    pick->trials[pick->count++] = trial;
    return STATUS_OK;
}

status_t pick_ids(const char *run_dir, const plan_t *plan, char *const *ids, int count,
                  pick_t *pick) {
    for (int i = 0; i < count; i++) {
        const trial_t *trial;
        TRY(saved_find(run_dir, plan, ids[i], &trial));
        TRY(add(plan, trial, pick));
    }
    return STATUS_OK;
}

/* Sets is_wanted[state] for each word of the list. */
static status_t parse_states(const char *states, int is_wanted[TRIAL_STATES]) {
    static const char *const known[] = {"FAILED",    "LOST",     "SKIPPED", "PRUNED",
                                        "COMPLETED", "DIVERGED", NULL};
    char word[TRIAL_STATE_MAX], help[256];
    for (const char *at = states; *at; at += strspn(at, ",")) {
        size_t length = strcspn(at, ",");
        snprintf(word, sizeof word, "%.*s", (int)length, at);
        trial_state_t state = trial_state_find(word);
        if (state == TRIAL_STATES || state == TRIAL_PENDING) {
            text_suggest(word, known, help, sizeof help);
            return status_fail(STATUS_SPEC, "--state: unknown \"%s\"; %s", word, help);
        }
        is_wanted[state] = 1;
        at += length;
    }
    return STATUS_OK;
}

status_t pick_states(const char *run_dir, const plan_t *plan, const char *states, pick_t *pick) {
    int is_wanted[TRIAL_STATES] = {0};
    frame_t frame = {0};
    status_t status = STATUS_OK;
    unsigned *deaths = calloc(plan_count(plan) + 1, sizeof *deaths);
    CHECK(deaths, STATUS_ENVIRONMENT, "out of memory for %zu trials", plan_count(plan));
    TRY_OR_DONE(parse_states(states, is_wanted));
    TRY_OR_DONE(store_load_columns(run_dir, plan, (const char *const[]){NULL}, &frame));
    run_dir_count_deaths(run_dir, plan, deaths);
    const frame_column_t *column = frame_find(&frame, "state");
    for (size_t i = 0; i < plan_count(plan); i++) {
        trial_state_t state = trial_state_find(column->text[i]);
        if (state == TRIAL_PENDING && deaths[i]) state = TRIAL_LOST;
        if (state < TRIAL_STATES && is_wanted[state])
            TRY_OR_DONE(add(plan, plan_trial(plan, i), pick));
    }
done:
    frame_clear(&frame);
    free(deaths);
    return status;
}

status_t pick_left_out(const char *run_dir, const plan_t *plan, pick_t *pick) {
    frame_t frame = {0};
    status_t status = STATUS_OK;
    unsigned char *marks = calloc(plan_count(plan) + 1, 1);
    CHECK(marks, STATUS_ENVIRONMENT, "out of memory for %zu trials", plan_count(plan));
    TRY_OR_DONE(store_load_columns(run_dir, plan, (const char *const[]){NULL}, &frame));
    for (size_t i = 0; i < pick->count; i++) marks[pick->trials[i]->index] = 1;
    search_spread(plan, marks);
    const frame_column_t *state = frame_find(&frame, "state");
    for (size_t i = 0; i < plan_count(plan); i++)
        if (marks[i] && trial_state_find(state->text[i]) == TRIAL_SKIPPED)
            TRY_OR_DONE(add(plan, plan_trial(plan, i), pick));
done:
    frame_clear(&frame);
    free(marks);
    return status;
}

void pick_clear(pick_t *pick) {
    free(pick->trials);
    *pick = (pick_t){0};
}
