/* schema.c: koopsweep schema. */
#include "cli/cli.h"
#include "store/store.h"

static status_t run(const cli_call_t *call) {
    (void)call;
    store_print_schema();
    return STATUS_OK;
}

const cli_verb_t cli_schema = {
    .name = "schema",
    .operands = "",
    .doc = "what the result files hold: data sets, shapes, units, as Markdown",
    .run = run,
};
