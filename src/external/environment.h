/* environment.h: the environment of a program that trains for us: this process's, less what makes
 * it part of our MPI job, and what the program is to know (docs/external.md). */
#ifndef EXTERNAL_ENVIRONMENT_H
#define EXTERNAL_ENVIRONMENT_H

#include "external/command.h"
#include "external/options.h"

enum {
    EXTERNAL_VERSION = 1
}; /* of docs/external.md: grows when a program that follows it breaks */

typedef struct environment {
    char **at; /* owned, of owned "NAME=value", NULL-terminated */
    size_t count;
} environment_t;

/* `snapshots`: the steps at which states are wanted, "0 100"; `seconds_left`: until the trial will
 * be stopped; INFINITY: nobody knows. The caller destroys. */
void environment_create(const scene_t *scene, const struct external_options *options,
                        const char *snapshots, double seconds_left, environment_t *environment);
void environment_destroy(environment_t *environment); /* {0} is fine; leaves {0} */

#endif
