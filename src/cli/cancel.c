/* cancel.c: koopsweep cancel RUN [TRIAL...]. */
#include <time.h>

#include "base/clock.h"
#include "cli/cli.h"
#include "cli/pick.h"
#include "cli/saved.h"
#include "rundir/cancel.h"
#include "rundir/lock.h"
#include "store/store.h"
#include "train/train.h"

struct cancel_options {
    double wait;
};

static const cli_option_t options[] = {
    {"wait", 0, CLI_REAL, offsetof(struct cancel_options, wait), .argument = "SECONDS", .min = 0,
     .max = 1e6, .doc = "for a running sweep to have stopped"},
    {0},
};

static status_t await_end(const char *run_dir, double seconds) {
    process_t holder;
    double deadline = clock_seconds() + seconds;
    while (lock_holder(run_dir, &holder)) {
        CHECK(clock_seconds() < deadline, STATUS_INCOMPLETE,
              "%s: process %ld on %s has been asked to stop and has not yet", run_dir, holder.pid,
              holder.host);
        nanosleep(&(struct timespec){.tv_nsec = 100000000}, NULL);
    }
    printf("%s: stopped; `koopsweep run` or `submit` resumes it\n", run_dir);
    return STATUS_OK;
}

static status_t cancel_sweep(const char *run_dir, double wait) {
    process_t holder;
    if (!lock_holder(run_dir, &holder)) {
        printf("%s: no sweep is running here (a job that waits is cancelled with scancel)\n",
               run_dir);
        return STATUS_OK;
    }
    TRY(cancel_ask(run_dir, "sweep"));
    return await_end(run_dir, wait);
}

/* Without a master, this process is one for a moment. Trials that have a result keep it. */
static status_t skip(const char *run_dir, const pick_t *picked) {
    for (size_t i = 0; i < picked->count; i++) {
        char name[TRIAL_STATE_MAX];
        record_t record = {0};
        TRY(store_check_trial(run_dir, picked->trials[i], name));
        if (trial_state_find(name) != TRIAL_PENDING) continue;
        record_put_text(&record, "outcome/message", "cancelled");
        status_t status =
            store_write_trial(run_dir, picked->trials[i], trial_state_name(TRIAL_SKIPPED), &record);
        record_clear(&record);
        TRY(status);
    }
    return STATUS_OK;
}

static status_t cancel_trials(const char *run_dir, const pick_t *picked) {
    process_t holder;
    lock_t *lock = NULL;
    if (lock_holder(run_dir, &holder)) {
        for (size_t i = 0; i < picked->count; i++) TRY(cancel_ask(run_dir, picked->trials[i]->id));
        printf("%s: the running sweep was asked to leave %zu trials out\n", run_dir, picked->count);
        return STATUS_OK;
    }
    TRY(lock_acquire(run_dir, &lock));
    status_t status = skip(run_dir, picked);
    lock_release(&lock);
    if (status == STATUS_OK)
        printf("%s: trials that had no result are SKIPPED (koopsweep retry brings them back)\n",
               run_dir);
    return status;
}

static status_t run(const cli_call_t *call) {
    const struct cancel_options *given = call->options;
    const char *run_dir = call->operands[0];
    saved_t saved = {0};
    pick_t picked = {0};
    status_t status;
    TRY_OR_DONE(saved_open(run_dir, &saved));
    TRY_OR_DONE(
        pick_ids(run_dir, saved.plan, call->operands + 1, call->operand_count - 1, &picked));
    status = picked.count ? cancel_trials(run_dir, &picked) : cancel_sweep(run_dir, given->wait);
done:
    pick_clear(&picked);
    saved_close(&saved);
    return status;
}

enum { TRIALS_MAX = 1000 };

const cli_verb_t cli_cancel = {
    .name = "cancel",
    .operands = "RUN [TRIAL...]",
    .operands_min = 1,
    .operands_max = 1 + TRIALS_MAX,
    .doc = "stops a running sweep cleanly, or leaves trials out of it",
    .detail =
        "Without TRIALs: the sweep stops as after Ctrl-C, wherever its master runs; trials under\n"
        "way are saved and go on next time. With TRIALs, running or waiting: they are SKIPPED, "
        "the\n"
        "others go on; `koopsweep retry RUN TRIAL` brings them back. Exit code 4: the sweep has\n"
        "been asked but has not stopped within --wait.\n",
    .options = options,
    .options_size = sizeof(struct cancel_options),
    .defaults = &(const struct cancel_options){.wait = 60},
    .run = run,
};
