/* costs.h: what the trials of a plan are expected to cost.
 *
 * Most options that sweeps vary (learning rates, seeds, limits) change nothing about it. So trials
 * that differ in those alone are of one kind, and each kind is estimated once: a plan of a million
 * trials takes a second instead of minutes. Which options these are, their rows say
 * (`is_costless`): a mark that is missing costs time, one too many makes costs wrong. */
#ifndef TRAIN_COSTS_H
#define TRAIN_COSTS_H

#include "train/train.h"

typedef struct cost_kind {
    trial_cost_t cost;
    uint32_t family; /* number of its family: kinds with the same choices (architecture, norm, ...)
                        and the same options switched on (not 0), whatever their sizes */
} cost_kind_t;

typedef struct costs {
    uint32_t *kind_of;  /* owned [plan_count]: place in `kinds` */
    cost_kind_t *kinds; /* owned [kind_count], in plan order    */
    size_t kind_count, family_count;
} costs_t;

/* STATUS_SPEC when a trial's options do not go together, with its id and options. */
status_t costs_create(const plan_t *plan, trial_estimator_t *estimate, costs_t *costs);
void costs_destroy(costs_t *costs); /* {0} is fine; leaves {0} */

/* Of one trial of the plan. Borrowed. */
const cost_kind_t *costs_of(const costs_t *costs, size_t trial);

#endif
