/* merge.c: koopsweep merge RUN OUT.h5. */
#include "cli/cli.h"
#include "cli/saved.h"
#include "rundir/turns.h"
#include "store/store.h"

static status_t run(const cli_call_t *call) {
    const char *run_dir = call->operands[0], *path = call->operands[1];
    saved_t saved;
    size_t merged;
    TRY(saved_open(run_dir, &saved));
    status_t status = store_merge(run_dir, saved.plan, turns_weigh, path, &merged);
    if (status == STATUS_OK)
        printf("%s: %zu of %zu trials of %s\n", path, merged, plan_count(saved.plan), run_dir);
    saved_close(&saved);
    return status;
}

const cli_verb_t cli_merge = {
    .name = "merge",
    .operands = "RUN OUT.h5",
    .operands_min = 2,
    .operands_max = 2,
    .doc = "a whole run as one plain HDF5 file",
    .detail =
        "The root holds the table of all trials, as sweep.h5 does. Each array of the trials'\n"
        "files stands under its own path (series/loss, rksp/rho), one trial behind the other:\n"
        "trial_of_AXIS says of which row an entry is, first/AXIS and count/AXIS where the entries\n"
        "of a row begin and how many they are. The run stays as it is. Trials without a result\n"
        "are rows of the table only. Exit code 5: a result is damaged, nothing was written.\n",
    .run = run,
};
