/* probe.h: what a probe is made from beside its model: options, keys of what it draws, batches to
 * look at. A trial gives all three; a program that runs no sweep gives its own. */
#ifndef PROBE_PROBE_H
#define PROBE_PROBE_H

#include "task/task.h"

typedef struct probe_setting {
    const config_t *config; /* borrowed, outlives the probe                  */
    uint64_t seed;          /* with replica and purpose the key of each draw */
    uint32_t replica;
    char label[32]; /* in front of warnings: "trial 1a2b3c4d5e6f" */
} probe_setting_t;

probe_setting_t probe_of_trial(const trial_t *trial);

/* Batches 0, 1, ... as large as the model's, each a pure function of its number. */
typedef struct probe_batches {
    void (*draw)(void *context, int64_t number, batch_t *batch);
    void *context;
} probe_batches_t;

/* Those of a task from step 2^30 + number on: drawn like its training data, but of steps that no
 * training reaches. The task is borrowed. */
probe_batches_t probe_batches_of(task_t *task);

#endif
