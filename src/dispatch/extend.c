#include "dispatch/extend.h"

#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "dispatch/ladders.h"
#include "rundir/run_dir.h"
#include "store/store.h"

static const char *const columns[] = {"outcome/message", NULL};

/* SKIPPED by the old spec's search, and not by who cancelled it. */
static int is_left_out(const frame_t *trials, size_t row) {
    return !strcmp(frame_find(trials, "state")->text[row], trial_state_name(TRIAL_SKIPPED)) &&
           !strcmp(frame_find(trials, *columns)->text[row], LADDERS_REASON);
}

static status_t withdraw_left_out(const session_t *session) {
    frame_t trials = {0};
    size_t count = 0;
    const trial_t **left_out = calloc(plan_count(session->plan) + 1, sizeof *left_out);
    status_t status = STATUS_OK;
    CHECK_OR_DONE(left_out, STATUS_ENVIRONMENT, "out of memory for %zu trials",
                  plan_count(session->plan));
    TRY_OR_DONE(store_load_columns(session->run_dir, session->plan, columns, &trials));
    for (size_t i = 0; i < trials.rows; i++)
        if (is_left_out(&trials, i)) left_out[count++] = plan_trial(session->plan, i);
    if (count) status = store_withdraw(session->run_dir, left_out, count);
done:
    frame_clear(&trials);
    free(left_out);
    return status;
}

status_t extend_run(const session_t *session, const growth_t *growth) {
    TRY(withdraw_left_out(session));
    TRY(run_dir_extend(session->run_dir, session->plan, session->spec_text, session->spec_length));
    log_info("%s is extended from %zu to %zu trials: %zu stay, %zu are new, %zu are left out",
             session->run_dir, growth->before, growth->after, growth->kept,
             growth->after - growth->kept, growth->before - growth->kept);
    return STATUS_OK;
}
