/* pick.h: the trials that a command line names, by id or by state. */
#ifndef CLI_PICK_H
#define CLI_PICK_H

#include "plan/plan.h"

typedef struct pick {
    const trial_t **trials; /* owned [count], borrowed entries; none twice */
    size_t count;
} pick_t;

/* Adds the trials of those ids, or first digits of ids. STATUS_SPEC when one names no trial. */
status_t pick_ids(const char *run_dir, const plan_t *plan, char *const *ids, int count,
                  pick_t *pick);

/* Adds the trials in one of the states of a list like "FAILED,LOST", by what is on disk. LOST ones
 * are those without a result whose rank died. STATUS_SPEC when one is no state. */
status_t pick_states(const char *run_dir, const plan_t *plan, const char *states, pick_t *pick);

/* Adds what searches had left out (SKIPPED) on the ladders of the trials picked so far: another
 * result may turn a search that way. */
status_t pick_left_out(const char *run_dir, const plan_t *plan, pick_t *pick);

void pick_clear(pick_t *pick); /* {0} is fine */

#endif
