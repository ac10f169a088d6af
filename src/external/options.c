#include "external/options.h"

#include <string.h>

#include "external/command.h"

static const char *const *keeps(void) {
    static const char *const names[] = {"all", "failed", "none", NULL};
    return names;
}

#define OPTIONS struct external_options
static const field_t fields[] = {
    FREE_FIELD("external.command", command, .fallback = "[]",
               .doc = "a program of your own that trains instead of ours, as a list of words with "
                      "W&B's macros: [python3, train.py, \"${args}\"]; docs/external.md"),
    INT_FIELD("external.steps", steps, .min = 0, .max = 1e12, .fallback = "0",
              .doc = "steps that it takes, for progress and costs; 0 = not known",
              .needs = "external.command"),
    INT_FIELD("external.cores", cores, .min = 1, .max = 4096, .fallback = "1",
              .doc = "threads of one trial: OMP_NUM_THREADS and its like",
              .needs = "external.command", .keeps_results = true),
    REAL_FIELD("external.gpus", gpus, .min = 0, .max = 64, .fallback = "0",
               .doc = "GPUs of one trial: CUDA_VISIBLE_DEVICES is set to its share of the "
                      "machine's, 0.5 = two trials on one; 0 = it is left alone",
               .needs = "external.command", .keeps_results = true),
    REAL_FIELD("external.grace", grace, .min = 0, .max = 86400, .fallback = "30",
               .doc = "seconds from the file `stop` to SIGTERM, and on to SIGKILL",
               .needs = "external.command", .keeps_results = true),
    REAL_FIELD("external.gate_seconds", gate_seconds, .min = 1, .max = 1e6, .fallback = "600",
               .doc = "seconds that the states at initialisation may take where order.by or a "
                      "gate goes by them",
               .needs = "external.command", .keeps_results = true),
    CHOICE_FIELD("external.keep", keep, .fallback = "all", .choices = keeps,
                 .doc = "whose directories stay when their trials have ended; states that were "
                        "profiled go in any case",
                 .needs = "external.command", .keeps_results = true),
};
const field_set_t external_fields =
    FIELD_SET("a training program of your own", fields, .is_shared = true);

/* No struct takes them: their names are the program's. */
static const field_t free_fields[] = {
    {.key = "params.*",
     .type = FIELD_FREE,
     .fallback = "",
     .doc = "its parameters, of any name; they need no declaration and keep their kind: "
            "params: {lr: 1e-3, act: gelu}",
     .needs = "external.command"},
};
const field_set_t params_fields = FIELD_SET("its parameters", free_fields);

int external_is_asked(const config_t *config) {
    const char *command = config_text(config, "external.command");
    return command && strcmp(command, "[]") != 0;
}

status_t external_check(const config_t *config) { return command_check(config); }
