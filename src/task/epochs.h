/* epochs.h: which sample comes next when a finite set is read again and again in shuffled order.
 *
 * Every pass over the set has its own order, a pure function of (seed, replica, pass); the object
 * only remembers the order computed last. */
#ifndef TASK_EPOCHS_H
#define TASK_EPOCHS_H

#include <stdint.h>

#include "base/status.h"

typedef struct epochs {
    uint64_t seed;
    uint32_t replica;
    int32_t count;  /* samples in the set                     */
    int64_t epoch;  /* the pass `order` belongs to; -1 = none */
    int32_t *order; /* owned [count]                          */
} epochs_t;

status_t epochs_create(uint64_t seed, uint32_t replica, int32_t count, epochs_t *epochs);
void epochs_destroy(epochs_t *epochs);

/* The sample at `position` (0 ..) of the endless sequence of passes. */
int32_t epochs_sample(epochs_t *epochs, int64_t position);

#endif
