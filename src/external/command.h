/* command.h: external.command, a list of words, as the argument vector of one trial.
 *
 * Macros are those of W&B's sweep files, and a few of our own; one that is not here is an error.
 *
 *   ${args}                   --NAME=VALUE for each parameter, several words
 *   ${args_no_hyphens}        NAME=VALUE
 *   ${args_no_boolean_flags}  as ${args}; true is --NAME alone, false is left out
 *   ${args_json}              all parameters as one JSON object
 *   ${args_json_file}         path of params.json, which holds the same
 *   ${env}                    /usr/bin/env
 *   ${interpreter}            python3
 *   ${envvar:NAME}            a variable of the environment
 *   ${param:NAME}             one parameter
 *   ${dir} ${checkpoints}     of the trial; ${launch}: where koopsweep was started
 *   ${trial} ${seed} ${attempt}
 *
 * The first three stand alone in their word. A word that names a file where koopsweep was started
 * becomes its whole path, since the program starts in the trial's directory. */
#ifndef EXTERNAL_COMMAND_H
#define EXTERNAL_COMMAND_H

#include <limits.h>

#include "plan/plan.h"

/* What macros stand for. */
typedef struct scene {
    const trial_t *trial;  /* borrowed */
    char launch[PATH_MAX]; /* where koopsweep was started */
    char dir[PATH_MAX];    /* of the trial */
    uint32_t seed;         /* for the program: external_seed */
    int attempt;           /* 0, 1, ... */
} scene_t;

typedef struct command {
    char **argv; /* owned, of owned words, NULL-terminated */
    size_t count;
    char program[PATH_MAX]; /* argv[0] as found in PATH */
} command_t;

/* A number for the program's own random generator, below 2^31: the same for all arms of a pair. */
uint32_t external_seed(const trial_t *trial);

/* STATUS_SPEC: no list, an unknown macro, a variable or parameter that is not there, no such
 * program. The caller destroys. */
status_t command_create(const scene_t *scene, command_t *command);
void command_destroy(command_t *command); /* {0} is fine; leaves {0} */

/* What can be said without starting anything: with `scene` of any trial. */
status_t command_check(const config_t *config);

#endif
