/* command.h: running another program and hearing what it says. */
#ifndef SLURM_COMMAND_H
#define SLURM_COMMAND_H

#include "base/status.h"

enum { COMMAND_TEXT_MAX = 4096 };

typedef struct command_result {
    int code;                      /* exit code; 128 + signal when it was killed   */
    char output[COMMAND_TEXT_MAX]; /* the end of its stdout, final newlines off     */
    char errors[COMMAND_TEXT_MAX]; /* of its stderr, likewise                      */
} command_result_t;

/* Runs argv[0] (looked for in PATH) with that environment, both NULL-terminated, and waits for its
 * end. STATUS_ENVIRONMENT when it cannot be started; any exit code is STATUS_OK. A type of its own
 * so that tests can give another answer than the cluster's. */
typedef status_t command_run_t(char *const *argv, char *const *environment,
                               command_result_t *result);
command_run_t command_run;

#endif
