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

/* The trial of that id, or of the first digits of one. STATUS_SPEC: none, or several. Borrowed. */
status_t saved_find(const char *run_dir, const plan_t *plan, const char *id, const trial_t **trial);

#endif
