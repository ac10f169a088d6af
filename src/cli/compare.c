/* compare.c: koopsweep compare RUN_A RUN_B. */
#include <stdlib.h>

#include "cli/cli.h"
#include "cli/saved.h"
#include "store/store.h"

/* Different sweeps are shown as such; their common trials are compared all the same. */
static int print_spec_difference(const saved_t *a, const saved_t *b) {
    char *difference = spec_difference(a->spec, b->spec);
    int is_different = !difference || *difference != '\0';
    if (is_different) printf("the sweeps differ:\n%s", difference ? difference : "");
    free(difference);
    return is_different;
}

static status_t run(const cli_call_t *call) {
    saved_t a = {0}, b = {0};
    status_t status = STATUS_OK;
    TRY_OR_DONE(saved_open(call->operands[0], &a));
    TRY_OR_DONE(saved_open(call->operands[1], &b));
    int is_different = print_spec_difference(&a, &b);
    TRY_OR_DONE(store_compare(call->operands[0], call->operands[1], a.plan, b.plan));
    CHECK_OR_DONE(!is_different, STATUS_CORRUPT, "the two runs are of different sweeps");
done:
    saved_close(&a);
    saved_close(&b);
    return status;
}

const cli_verb_t cli_compare = {
    .name = "compare",
    .operands = "RUN_A RUN_B",
    .operands_min = 2,
    .operands_max = 2,
    .doc = "are two runs of one sweep equal bit for bit?",
    .detail =
        "Compares every data set and attribute of every trial, but for clocks (data sets in\n"
        "seconds), machine, time and program version. Prints the first entry that differs of\n"
        "each, with both values. Exit code 5 when there is a difference.\n",
    .run = run,
};
