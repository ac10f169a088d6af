/* alike.h: trials that begin alike: the same model with the same weights, probed on the same data.
 *
 * Most options that sweeps vary bear on training alone (learning rates, decays, limits). What is
 * measured before the first step is the same for all trials that differ in those only, bit for bit,
 * so one of them is measured for all. Which options these are, their rows say (`is_later`): a mark
 * that is missing costs time, one too many makes scores wrong. */
#ifndef TRAIN_ALIKE_H
#define TRAIN_ALIKE_H

#include "train/train.h"

/* Of each trial: the first trial of the plan that begins as it does, and the next one after it. */
typedef struct alike {
    size_t *first; /* owned [plan_count]            */
    size_t *next;  /* owned [plan_count]; ALIKE_END */
} alike_t;

#define ALIKE_END SIZE_MAX

/* Trials with a gate, which draws by their id as whom they run, are like no other. */
status_t alike_create(const plan_t *plan, alike_t *alike);
void alike_destroy(alike_t *alike); /* {0} is fine; leaves {0} */

#endif
