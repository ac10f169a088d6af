/* retry.c: koopsweep retry RUN [TRIAL...]. */
#include <string.h>

#include "base/clock.h"
#include "cli/cli.h"
#include "cli/pick.h"
#include "cli/saved.h"
#include "rundir/journal.h"
#include "rundir/lock.h"
#include "rundir/run_dir.h"
#include "rundir/turns.h"
#include "store/store.h"

struct retry_options {
    const char *states;
};

static const cli_option_t options[] = {
    {"state", 0, CLI_TEXT, offsetof(struct retry_options, states), .argument = "LIST",
     .doc = "trials in these states, like FAILED,LOST (LOST: a rank died, there is no result)"},
    {0},
};

static status_t pick(const cli_call_t *call, const plan_t *plan, pick_t *picked) {
    const struct retry_options *given = call->options;
    const char *run_dir = call->operands[0], *states = given->states;
    TRY(pick_ids(run_dir, plan, call->operands + 1, call->operand_count - 1, picked));
    if (!states && call->operand_count == 1) states = "FAILED,LOST";
    if (states) TRY(pick_states(run_dir, plan, states, picked));
    return pick_left_out(run_dir, plan, picked);
}

static void note(const char *run_dir, const pick_t *picked) {
    process_t self = process_self();
    journal_t *journal = journal_open(run_dir);
    for (size_t i = 0; i < picked->count; i++) {
        journal_entry_t entry = {.time = clock_unix(), .event = JOURNAL_WITHDRAWN, .rank = -1};
        strcpy(entry.id, picked->trials[i]->id);
        strcpy(entry.host, self.host);
        journal_note(journal, &entry);
    }
    journal_close(&journal);
}

static status_t withdraw(const cli_call_t *call, const plan_t *plan) {
    const char *run_dir = call->operands[0];
    pick_t picked = {0};
    status_t status = pick(call, plan, &picked);
    if (status == STATUS_OK && picked.count)
        status = store_withdraw(run_dir, picked.trials, picked.count);
    for (size_t i = 0; status == STATUS_OK && i < picked.count; i++)
        run_dir_forgive_deaths(run_dir, picked.trials[i]);
    if (status == STATUS_OK) note(run_dir, &picked);
    if (status == STATUS_OK && picked.count) status = store_write_index(run_dir, plan, turns_weigh);
    if (status == STATUS_OK) printf("%s: %zu trials to be run again\n", run_dir, picked.count);
    if (status == STATUS_OK && picked.count)
        printf("next: koopsweep run %s/spec.yaml --out %s\n", run_dir, run_dir);
    pick_clear(&picked);
    return status;
}

static status_t run(const cli_call_t *call) {
    saved_t saved = {0};
    lock_t *lock = NULL;
    status_t status;
    TRY_OR_DONE(saved_open(call->operands[0], &saved));
    TRY_OR_DONE(lock_acquire(call->operands[0], &lock));
    status = withdraw(call, saved.plan);
done:
    lock_release(&lock);
    saved_close(&saved);
    return status;
}

enum { TRIALS_MAX = 1000 };

const cli_verb_t cli_retry = {
    .name = "retry",
    .operands = "RUN [TRIAL...]",
    .operands_min = 1,
    .operands_max = 1 + TRIALS_MAX,
    .doc = "has trials run again that failed or were lost; touches nothing else",
    .detail =
        "Without --state and TRIALs: FAILED and LOST ones. Their results do not count any more\n"
        "(RUN/withdrawn notes that; nothing is deleted), and deaths of ranks are forgiven. The\n"
        "next `koopsweep run` or `submit` runs them. What a search had SKIPPED comes back with\n"
        "its trials: it may turn another way now. Exit code 6: a sweep is running here.\n",
    .options = options,
    .options_size = sizeof(struct retry_options),
    .run = run,
};
