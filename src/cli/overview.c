#include "cli/overview.h"

#include <stdlib.h>
#include <string.h>

#include "rundir/lock.h"
#include "rundir/turns.h"
#include "store/store.h"

/* All configs of a plan have the same fields in the same order. */
static const char *value_of(const plan_t *plan, size_t trial, size_t i) {
    const config_t *config = plan_trial(plan, trial)->config;
    return config_shown(config, config_key(config, i));
}

static int may_vary(const plan_t *plan, const char *key) {
    const char *const *varied = spec_varied(plan_spec(plan));
    while (*varied && strcmp(*varied, key) != 0) varied++;
    return *varied != NULL;
}

/* Most options are those of all trials, which the spec knows without a look at a million. */
int overview_varies(const plan_t *plan, size_t i) {
    if (!may_vary(plan, config_key(plan_trial(plan, 0)->config, i))) return 0;
    const char *first = value_of(plan, 0, i);
    for (size_t trial = 1; trial < plan_count(plan); trial++)
        if (strcmp(value_of(plan, trial, i), first) != 0) return 1;
    return 0;
}

static status_t read_states(overview_t *overview) {
    const frame_column_t *column = frame_find(&overview->frame, "state");
    overview->trials = plan_count(overview->saved.plan);
    overview->states = calloc(overview->trials, sizeof *overview->states);
    CHECK(overview->states, STATUS_ENVIRONMENT, "out of memory for %zu trials", overview->trials);
    for (size_t i = 0; i < overview->trials; i++) {
        trial_state_t state = trial_state_find(column->text[i]);
        CHECK(state < TRIAL_STATES, STATUS_CORRUPT, "trial %s is in the unknown state '%s'",
              plan_trial(overview->saved.plan, i)->id, column->text[i]);
        overview->states[i] = state;
        overview->count[state]++;
    }
    return STATUS_OK;
}

/* The row of that value among the field's rows[0..count), made when new; NULL when there are too
 * many values to be worth a table. */
static overview_row_t *row_of(overview_row_t *rows, size_t *count, const char *key,
                              const char *value) {
    for (size_t i = 0; i < *count; i++)
        if (strcmp(rows[i].value, value) == 0) return &rows[i];
    if (*count == OVERVIEW_VALUES_MAX) return NULL;
    rows[*count] = (overview_row_t){.key = key, .value = value};
    return &rows[(*count)++];
}

/* Rows of field `i`; their number, 0 when it has too many values. */
static size_t count_field(const overview_t *overview, size_t i, overview_row_t *rows) {
    size_t count = 0;
    const plan_t *plan = overview->saved.plan;
    const char *key = config_key(plan_trial(plan, 0)->config, i);
    for (size_t trial = 0; trial < overview->trials; trial++) {
        overview_row_t *row = row_of(rows, &count, key, value_of(plan, trial, i));
        if (!row) return 0;
        row->trials++;
        row->ended += overview->states[trial] != TRIAL_PENDING;
        row->diverged += overview->states[trial] == TRIAL_DIVERGED;
        row->failed += overview->states[trial] == TRIAL_FAILED;
    }
    return count;
}

static status_t count_rows(overview_t *overview) {
    const plan_t *plan = overview->saved.plan;
    size_t fields = 0;
    while (config_key(plan_trial(plan, 0)->config, fields)) fields++;
    overview->rows = calloc(fields * OVERVIEW_VALUES_MAX + 1, sizeof *overview->rows);
    CHECK(overview->rows, STATUS_ENVIRONMENT, "out of memory for %zu options", fields);
    for (size_t i = 0; i < fields; i++)
        if (overview_varies(plan, i))
            overview->row_count += count_field(overview, i, overview->rows + overview->row_count);
    return STATUS_OK;
}

/* Scalars of the trials that status and explain go by. */
static const char *const columns[] = {"outcome/message", "outcome/seconds", "policy/inclusion",
                                      "summary/m_near_unit", NULL};

status_t overview_open(const char *run_dir, overview_t *overview) {
    status_t status;
    *overview = (overview_t){.run_dir = run_dir};
    TRY_OR_DONE(saved_open(run_dir, &overview->saved));
    overview->is_running = lock_holder(run_dir, &overview->master);
    if (overview->is_running && live_read(run_dir, &overview->live) != STATUS_OK)
        overview->live = (live_t){0};
    stopped_read(run_dir, overview->stopped);
    TRY_OR_DONE(store_load_columns(run_dir, overview->saved.plan, columns, &overview->frame));
    status = turns_weigh(run_dir, overview->saved.plan, &overview->frame);
    if (status != STATUS_INCOMPLETE) TRY_OR_DONE(status); /* else it is being screened */
    TRY_OR_DONE(read_states(overview));
    TRY_OR_DONE(count_rows(overview));
done:
    if (status != STATUS_OK) overview_close(overview);
    return status;
}

void overview_close(overview_t *overview) {
    free(overview->rows);
    free(overview->states);
    live_clear(&overview->live);
    frame_clear(&overview->frame);
    saved_close(&overview->saved);
    *overview = (overview_t){0};
}

size_t overview_results(const overview_t *overview) {
    return overview->count[TRIAL_COMPLETED] + overview->count[TRIAL_DIVERGED];
}

const live_trial_t *overview_running(const overview_t *overview, const char *id) {
    for (size_t i = 0; i < overview->live.running_count; i++)
        if (strcmp(overview->live.running[i].id, id) == 0) return &overview->live.running[i];
    return NULL;
}
