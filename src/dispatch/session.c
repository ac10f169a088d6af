#include "dispatch/session.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/disk.h"
#include "base/log.h"
#include "base/text.h"
#include "dispatch/extend.h"
#include "plan/search.h"
#include "rundir/cancel.h"
#include "rundir/run_dir.h"
#include "rundir/stopped.h"
#include "rundir/turns.h"
#include "spec/document.h"
#include "train/order_options.h"

static void name_run_dir(session_t *session) {
    const char *given = session->options->run_dir;
    if (given)
        snprintf(session->run_dir, sizeof session->run_dir, "%s", given);
    else
        snprintf(session->run_dir, sizeof session->run_dir, "runs/%s", spec_name(session->spec));
    size_t length = strlen(session->run_dir);
    while (length > 1 && session->run_dir[length - 1] == '/') session->run_dir[--length] = '\0';
    snprintf(session->checkpoints, sizeof session->checkpoints, "%s/checkpoints", session->run_dir);
}

/* A team is made once, for all trials. Without that option (tests), trials have one rank. */
static status_t count_ranks(session_t *session) {
    static const char key[] = "resources.ranks_per_trial";
    double ranks = config_number(plan_trial(session->plan, 0)->config, key);
    for (const char *const *varied = spec_varied(session->spec); *varied; varied++)
        CHECK(strcmp(*varied, key) != 0, STATUS_SPEC,
              "%s: %s must be the same for all trials of a sweep; give it beside the axes",
              session->options->spec_path, key);
    session->ranks_per_trial = ranks > 1 ? (int)ranks : 1;
    return STATUS_OK;
}

/* The trials of a search depend on each other's results, so they are no sample of anything. */
static status_t check_order(const session_t *session) {
    const char *path = session->options->spec_path;
    if (!spec_search(session->spec)) return STATUS_OK;
    CHECK(!(session->options->until.half_width > 0), STATUS_SPEC,
          "%s: --until-ci does not go with search, whose trials depend on each other's results",
          path);
    CHECK(order_options(plan_trial(session->plan, 0)->config).by == ORDER_BY_LENGTH, STATUS_SPEC,
          "%s: order.by does not go with search, whose trials depend on each other's results",
          path);
    return STATUS_OK;
}

/* Read once, since it may be a pipe: what is parsed, kept in the run directory and handed to other
 * ranks is one text. */
static status_t read_spec(session_t *session) {
    const sweep_options_t *options = session->options;
    if (!options->spec_text)
        return document_read_file(options->spec_path, &session->spec_text, &session->spec_length);
    session->spec_length = options->spec_length;
    session->spec_text = malloc(options->spec_length + 1);
    CHECK(session->spec_text, STATUS_ENVIRONMENT, "out of memory");
    memcpy(session->spec_text, options->spec_text, options->spec_length);
    return STATUS_OK;
}

status_t session_load(const sweep_options_t *options, session_t *session) {
    *session = (session_t){.options = options, .self = process_self(), .started = clock_seconds()};
    session->holder = session->self;
    TRY(read_spec(session));
    TRY(spec_parse(options->spec_path, session->spec_text, session->spec_length,
                   options->field_sets, &session->spec));
    TRY(plan_create(session->spec, &session->plan));
    name_run_dir(session);
    TRY(store_adopt(session->run_dir, session->plan));
    TRY(store_lookout_create(session->run_dir, &session->lookout));
    size_t count = plan_count(session->plan);
    session->states = calloc(count, sizeof *session->states);
    CHECK(session->states, STATUS_ENVIRONMENT, "out of memory for %zu trials", count);
    TRY(count_ranks(session));
    TRY(check_order(session));
    const char *expanded = spec_expanded(session->spec);
    session->fingerprint = text_hash(expanded, strlen(expanded));
    return STATUS_OK;
}

/* The index of the new plan is written at once, so that other programs know what is left out while
 * the new trials run. */
static status_t extend(const session_t *session, const growth_t *growth) {
    TRY(extend_run(session, growth));
    if (store_write_index(session->run_dir, session->plan, turns_weigh) != STATUS_OK)
        log_warning("the index was not written: %s", status_message());
    return STATUS_OK;
}

status_t session_take(session_t *session) {
    growth_t growth;
    int may_extend = session->options->extend;
    const char *run_dir = session->run_dir;
    TRY(run_dir_check(run_dir, session->plan, may_extend, &growth)); /* before anything is made */
    TRY(disk_make_folder(run_dir));
    TRY(lock_acquire(run_dir, &session->lock));
    TRY(run_dir_check(run_dir, session->plan, may_extend, &growth)); /* nobody else writes it now */
    cancel_forget(run_dir);
    stopped_forget(run_dir);
    TRY(store_open(run_dir));
    if (growth.before) return extend(session, &growth);
    return run_dir_keep_spec(run_dir, session->plan, session->spec_text, session->spec_length);
}

static status_t take_state(void *context, const trial_t *trial, const char *name) {
    session_t *session = context;
    trial_state_t state = trial_state_find(name);
    CHECK(state < TRIAL_STATES, STATUS_CORRUPT, "%s: trial %s is in the unknown state '%s'",
          session->run_dir, trial->id, name);
    session->states[trial->index] = state;
    return STATUS_OK;
}

status_t session_look(session_t *session) {
    static const char *const none[] = {NULL};
    frame_t frame = {0};
    status_t status = store_load_columns(session->run_dir, session->plan, none, &frame);
    const frame_column_t *column = status == STATUS_OK ? frame_find(&frame, "state") : NULL;
    for (size_t i = 0; column && status == STATUS_OK && i < plan_count(session->plan); i++)
        status = take_state(session, plan_trial(session->plan, i), column->text[i]);
    frame_clear(&frame);
    return status;
}

status_t session_estimate(session_t *session) {
    if (session->costs.kind_count) return STATUS_OK;
    return costs_create(session->plan, session->options->estimate, &session->costs);
}

status_t session_survey(session_t *session) {
    TRY(store_survey(session->run_dir, session->plan, take_state, session));
    return session_estimate(session);
}

/* Files that say SKIPPED are withdrawn before anything runs: a search that took another way for a
 * failure must not find its old way laid out. Those that say FAILED stay until their trial has
 * ended anew, so that a run that is killed at once has lost no message. */
status_t session_reopen_failed(session_t *session) {
    size_t count = plan_count(session->plan), left_out = 0;
    const trial_t **withdrawn = calloc(count + 1, sizeof *withdrawn);
    unsigned char *is_open = calloc(count + 1, 1);
    status_t status = STATUS_OK;
    CHECK_OR_DONE(withdrawn && is_open, STATUS_ENVIRONMENT, "out of memory for %zu trials", count);
    for (size_t i = 0; i < count; i++) is_open[i] = session->states[i] == TRIAL_FAILED;
    search_spread(session->plan, is_open);
    for (size_t i = 0; i < count; i++) {
        trial_state_t *state = &session->states[i];
        if (!is_open[i] || (*state != TRIAL_FAILED && *state != TRIAL_SKIPPED)) continue;
        if (*state == TRIAL_SKIPPED) withdrawn[left_out++] = plan_trial(session->plan, i);
        *state = TRIAL_PENDING;
    }
    if (left_out) status = store_withdraw(session->run_dir, withdrawn, left_out);
done:
    free(withdrawn);
    free(is_open);
    return status;
}

status_t session_check(const session_t *session) {
    for (size_t i = 0; session->options->check && i < plan_count(session->plan); i++)
        if (session->states[i] == TRIAL_PENDING)
            TRY(session->options->check(plan_trial(session->plan, i)->config));
    return STATUS_OK;
}

static const char *const data_columns[] = {"outcome/data", NULL};

status_t session_inspect(const session_t *session) {
    frame_t results = {0};
    const plan_t *plan = session->plan;
    size_t pending = session_count(session, TRIAL_PENDING);
    if (!session->options->inspect) return STATUS_OK;
    if (pending > 0 && pending < plan_count(plan))
        TRY(store_load_columns(session->run_dir, plan, data_columns, &results));
    const frame_column_t *data = frame_find(&results, *data_columns);
    status_t status = session->options->inspect(plan, session->states, data ? data->text : NULL);
    frame_clear(&results);
    return status;
}

size_t session_count(const session_t *session, trial_state_t state) {
    size_t count = 0;
    for (size_t i = 0; i < plan_count(session->plan); i++) count += session->states[i] == state;
    return count;
}

status_t session_verdict(const session_t *session) {
    if (session_count(session, TRIAL_PENDING)) return STATUS_INCOMPLETE;
    return session_count(session, TRIAL_FAILED) ? STATUS_FAILED : STATUS_OK;
}

void session_close(session_t *session) {
    lock_release(&session->lock);
    store_lookout_destroy(&session->lookout);
    free(session->states);
    costs_destroy(&session->costs);
    plan_destroy(&session->plan);
    spec_destroy(&session->spec);
    free(session->spec_text);
    *session = (session_t){0};
}
