/* saved.h: the sweep that a run directory holds, for the verbs that read results. */
#ifndef CLI_SAVED_H
#define CLI_SAVED_H

#include "plan/plan.h"

typedef struct saved {
    spec_t *spec; /* owned */
    plan_t *plan; /* owned */
} saved_t;

/* Reads RUN/spec.expanded.yaml and plans it. STATUS_SPEC when `run_dir` holds no sweep. */
status_t saved_open(const char *run_dir, saved_t *saved);
void saved_close(saved_t *saved); /* {0} is fine */

#endif
