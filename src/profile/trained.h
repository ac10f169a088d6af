/* trained.h: the network that a trial of a sweep left behind: in its result, where
 * train.keep_weights asked for that, or in the checkpoint of one that has not ended. */
#ifndef PROFILE_TRAINED_H
#define PROFILE_TRAINED_H

#include "model/model.h"
#include "plan/plan.h"

typedef struct trained {
    trial_t as;     /* the trial in the configuration it ran in (an arm may have a gate)         */
    model_t *model; /* owned, on the host, GRAPH_TRAIN; blocks that took no part are not active  */
} trained_t;        /* {0} is an empty one */

/* For `batch` samples; 0: as many as make a pass of a thousand rows or so. STATUS_SPEC: a program
 * of the user's own trained it; STATUS_INCOMPLETE: there are no weights of it; STATUS_CORRUPT: they
 * are another network's. The trial is borrowed. */
status_t trained_open(const char *run_dir, const trial_t *trial, int batch, trained_t *trained);
void trained_close(trained_t *trained); /* {0} is fine */

#endif
