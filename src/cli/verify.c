/* verify.c: koopsweep verify RUN|PROFILE. */
#include <stdio.h>
#include <sys/stat.h>

#include "cli/cli.h"
#include "cli/saved.h"
#include "rundir/earlier.h"
#include "store/store.h"
#include "train/train.h"

static int is_file(const char *path) {
    struct stat about;
    return stat(path, &about) == 0 && S_ISREG(about.st_mode);
}

/* What `koopsweep profile -o FILE` wrote. */
static status_t verify_profile(const char *path) {
    record_t record;
    TRY(store_read_profile(path, &record));
    printf("%s: a whole profile of %s\n", path, (const char *)record_find(&record, "source")->data);
    record_clear(&record);
    return STATUS_OK;
}

static status_t run(const cli_call_t *call) {
    const char *run_dir = call->operands[0];
    saved_t saved;
    earlier_t earlier = {0};
    status_t status;
    if (is_file(run_dir)) return verify_profile(run_dir);
    TRY(saved_open(run_dir, &saved));
    TRY_OR_DONE(earlier_load(run_dir, train_field_sets, &earlier));
    for (size_t i = 0; i < earlier.count; i++) TRY_OR_DONE(store_adopt(run_dir, earlier.plans[i]));
    status = store_verify(run_dir, saved.plan, earlier.plans, earlier.count);
done:
    earlier_clear(&earlier);
    saved_close(&saved);
    return status;
}

const cli_verb_t cli_verify = {
    .name = "verify",
    .operands = "RUN|PROFILE",
    .operands_min = 1,
    .operands_max = 1,
    .doc = "reads every result file whole and checks it",
    .detail =
        "Every byte is checked against the file's checksum, every data set against the\n"
        "schema (koopsweep schema), every trial against the plan; results that the spec left\n"
        "out when the run was extended, against the spec they are of. Prints one line per\n"
        "problem. Exit code 0: all trials are there and whole; 4: whole, but some have not\n"
        "been run; 5: files are damaged, foreign or gone.\n"
        "PROFILE is a file of koopsweep profile -o.\n",
    .run = run,
};
