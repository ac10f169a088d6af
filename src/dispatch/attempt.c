#include "dispatch/attempt.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "dispatch/deadline.h"
#include "rundir/lock.h"
#include "store/store.h"
#include "train/checkpoint.h"
#include "train/order_options.h"
#include "train/outside.h"

static void set_unfinished(attempt_t *attempt, status_t status, const char *text) {
    attempt->state = TRIAL_PENDING;
    attempt->status = status;
    snprintf(attempt->text, sizeof attempt->text, "%s", text);
}

static double number(const record_t *record, const char *path, double fallback) {
    const record_item_t *item = record_find(record, path);
    return item && item->type == RECORD_F64 ? *(const double *)item->data : fallback;
}

void attempt_set_score(const session_t *session, const record_t *record, attempt_t *attempt) {
    char path[64];
    const char *name = session->options->until_score;
    snprintf(path, sizeof path, "summary/%s", name ? name : "");
    attempt->score = number(record, path, NAN);
    attempt->inclusion = number(record, "policy/inclusion", 1);
}

/* A trial is handed out again when its rank is taken for dead. Both may end it: the first result
 * counts, and the later one is dropped. What is reported then is what stands in the file, its score
 * too: the later one may be a FAILED or SKIPPED, which has none. */
static status_t look_elsewhere(const session_t *session, attempt_t *attempt, int *has_ended) {
    char name[TRIAL_STATE_MAX];
    record_t record = {0};
    const trial_t *trial = plan_trial(session->plan, attempt->trial);
    *has_ended = 0;
    TRY(store_peek_trial(session->lookout, trial, name));
    trial_state_t state = trial_state_find(name);
    if (state == TRIAL_STATES || state == TRIAL_PENDING || state == TRIAL_FAILED) return STATUS_OK;
    if (store_read_trial(session->run_dir, trial, name, &record) != STATUS_OK) return STATUS_OK;
    *has_ended = 1;
    attempt->state = state;
    attempt_set_score(session, &record, attempt);
    record_clear(&record);
    return STATUS_OK;
}

/* A result of a run that lost its directory would be a second one: check before every write. */
static status_t write_file(const session_t *session, attempt_t *attempt, record_t *record) {
    int has_ended;
    TRY(lock_check(session->run_dir, &session->holder));
    TRY(look_elsewhere(session, attempt, &has_ended));
    if (has_ended) return STATUS_OK;
    const trial_t *trial = plan_trial(session->plan, attempt->trial);
    if (session->options->mpi) record_put_text(record, "outcome/mpi", session->options->mpi);
    TRY(store_write_trial(session->run_dir, trial, trial_state_name(attempt->state), record));
    checkpoint_remove(session->checkpoints, trial->id);
    outside_forget(trial, session->run_dir, attempt->state);
    return STATUS_OK;
}

/* A result without numbers: FAILED or SKIPPED. */
static void set_state(const session_t *session, attempt_t *attempt, trial_state_t state,
                      const char *why) {
    record_t record = {0};
    attempt->state = state;
    attempt->status = STATUS_OK;
    snprintf(attempt->text, sizeof attempt->text, "%s", *why ? why : "no reason was given");
    record_put_text(&record, "outcome/message", attempt->text);
    record_put_text(&record, "outcome/host", session->self.host);
    record_put_f64(&record, "outcome/seconds", attempt->seconds);
    status_t status = write_file(session, attempt, &record);
    if (status != STATUS_OK) set_unfinished(attempt, status, status_message());
    record_clear(&record);
}

static void set_failed(const session_t *session, attempt_t *attempt, const char *why) {
    set_state(session, attempt, TRIAL_FAILED, why);
}

/* The states a run may end in; anything else is a bug of the run function. */
static int is_end(trial_state_t state) {
    return state == TRIAL_COMPLETED || state == TRIAL_DIVERGED || state == TRIAL_PRUNED ||
           state == TRIAL_SKIPPED;
}

/* Looks over a trial's shoulder: from which step to which it goes. */
typedef struct track {
    attempt_t *attempt;
    trial_watch_t *watch;
    void *context;
} track_t;

static int follow(void *context, int64_t step, int64_t steps) {
    track_t *track = context;
    attempt_t *attempt = track->attempt;
    if (attempt->steps == 0) attempt->first_step = step;
    attempt->last_step = step;
    attempt->steps = steps;
    return track->watch(track->context, step, steps);
}

/* Seconds until the sweep will stop; 0 = it will not, as far as is known. */
static double seconds_left(const session_t *session) {
    deadline_t deadline = deadline_create(session->started, session->options->max_seconds);
    double left = deadline.stop - clock_seconds();
    return isfinite(left) ? fmax(left, 1) : 0;
}

static status_t run(const session_t *session, attempt_t *attempt, trial_watch_t *watch,
                    void *context, record_t *record) {
    track_t track = {attempt, watch, context};
    const trial_setting_t setting = {.watch = follow,
                                     .context = &track,
                                     .checkpoints = session->checkpoints,
                                     .checkpoint_every = session->options->checkpoint_every,
                                     .run_dir = session->run_dir,
                                     .seconds_left = seconds_left(session),
                                     .team = session->team};
    const trial_t *trial = plan_trial(session->plan, attempt->trial);
    return session->options->run(trial, &setting, record, &attempt->state);
}

void attempt_help(const session_t *session, size_t index, trial_watch_t *watch, void *context) {
    record_t record = {0};
    attempt_t attempt = {.trial = index};
    run(session, &attempt, watch, context, &record);
    record_clear(&record);
}

attempt_t attempt_trial(const session_t *session, size_t index, trial_watch_t *watch,
                        void *context) {
    record_t record = {0};
    attempt_t attempt = {.trial = index};
    double start = clock_seconds();
    status_t status = run(session, &attempt, watch, context, &record);
    attempt.seconds = clock_seconds() - start;
    attempt.seconds = number(&record, "outcome/seconds", attempt.seconds); /* with earlier tries */
    attempt_set_score(session, &record, &attempt);
    if (status == STATUS_OK && !is_end(attempt.state))
        status = status_fail(STATUS_BUG, "the trial ended in state %d, which is none",
                             (int)attempt.state);
    /* Missing or changed data are no trial's fault, and would fail all that are left. */
    if (status == STATUS_CORRUPT)
        status_context(status, "trial %s does not count", plan_trial(session->plan, index)->id);
    if (status == STATUS_INCOMPLETE || status == STATUS_CORRUPT) {
        set_unfinished(&attempt, status, status_message());
    } else if (status != STATUS_OK) {
        set_failed(session, &attempt, status_message());
    } else if ((status = write_file(session, &attempt, &record)) != STATUS_OK) {
        if (status == STATUS_BUG)
            set_failed(session, &attempt, status_message());
        else
            set_unfinished(&attempt, status, status_message());
    }
    record_clear(&record);
    return attempt;
}

attempt_t attempt_screen(const session_t *session, size_t index, trial_watch_t *watch,
                         void *context) {
    const trial_t *trial = plan_trial(session->plan, index);
    order_options_t order = order_options(trial->config);
    attempt_t attempt = {.trial = index, .is_screening = 1};
    const trial_setting_t setting = {
        .watch = watch, .context = context, .run_dir = session->run_dir};
    status_t status = session->options->screen(trial, &setting, order.score, &attempt.score);
    if (status != STATUS_OK) attempt.score = NAN;
    if (status == STATUS_INCOMPLETE) set_unfinished(&attempt, status, status_message());
    return attempt;
}

attempt_t attempt_write_failed(const session_t *session, size_t trial, const char *why) {
    attempt_t attempt = {.trial = trial};
    set_failed(session, &attempt, why);
    return attempt;
}

attempt_t attempt_write_skipped(const session_t *session, size_t trial, const char *why) {
    attempt_t attempt = {.trial = trial};
    set_state(session, &attempt, TRIAL_SKIPPED, why);
    return attempt;
}
