/* verify.c: koopsweep verify RUN. */
#include "cli/cli.h"
#include "cli/saved.h"
#include "store/store.h"

static status_t run(const cli_call_t *call) {
    saved_t saved;
    TRY(saved_open(call->operands[0], &saved));
    status_t status = store_verify(call->operands[0], saved.plan);
    saved_close(&saved);
    return status;
}

const cli_verb_t cli_verify = {
    .name = "verify",
    .operands = "RUN",
    .operands_min = 1,
    .operands_max = 1,
    .doc = "reads every result file whole and checks it",
    .detail = "Every byte is checked against the file's checksum, every data set against the\n"
              "schema (koopsweep schema), every trial against the plan. Prints one line per\n"
              "problem. Exit code 0: all trials are there and whole; 4: whole, but some have not\n"
              "been run; 5: files are damaged, foreign or gone.\n",
    .run = run,
};
