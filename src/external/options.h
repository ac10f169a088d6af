/* options.h: trials that are run by a program of the user's own (docs/external.md): options
 * "external.*", and "params.*", which are that program's. A sweep is of such trials where it gives
 * an external.command. */
#ifndef EXTERNAL_OPTIONS_H
#define EXTERNAL_OPTIONS_H

#include "spec/config.h"

struct external_options {
    char command[FIELD_FREE_MAX]; /* canonical list of texts (spec/free.h); [] = no such trial   */
    char keep[FIELD_NAME_MAX];    /* which trials' directories stay: all, failed, none            */
    int64_t steps;                /* that the program takes; 0 = not known                        */
    int64_t cores;                /* threads of one trial                                         */
    double gpus;                  /* of one trial; 0 = the program sees what this process sees    */
    double grace;                 /* seconds between asking it to stop and SIGTERM, and again     */
    double gate_seconds;          /* how long states at initialisation may take                   */
};
extern const field_set_t external_fields, params_fields;

/* 1 when the trial is run by a program of the user's own. */
int external_is_asked(const config_t *config);

/* Do its options go together, and is the command one? STATUS_SPEC. */
status_t external_check(const config_t *config);

#endif
