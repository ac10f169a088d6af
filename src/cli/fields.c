/* fields.c: koopsweep fields: what a sweep file may say. */
#include "cli/cli.h"
#include "train/train.h"

static status_t run(const cli_call_t *call) {
    (void)call;
    spec_print_fields(train_field_sets);
    return STATUS_OK;
}

const cli_verb_t cli_fields = {
    .name = "fields",
    .operands = "",
    .doc = "every option of a sweep file: default, meaning, range",
    .detail = "What is printed is YAML: the body of a sweep file that changes nothing.",
    .run = run,
};
