#include "task/epochs.h"

#include <stdlib.h>

#include "base/rng.h"

status_t epochs_create(uint64_t seed, uint32_t replica, int32_t count, epochs_t *epochs) {
    *epochs = (epochs_t){.seed = seed, .replica = replica, .count = count, .epoch = -1};
    epochs->order = malloc((size_t)count * sizeof *epochs->order);
    CHECK(epochs->order, STATUS_ENVIRONMENT, "no memory for the order of %d samples", count);
    return STATUS_OK;
}

void epochs_destroy(epochs_t *epochs) {
    free(epochs->order);
    *epochs = (epochs_t){0};
}

int32_t epochs_sample(epochs_t *epochs, int64_t position) {
    int64_t epoch = position / epochs->count;
    if (epoch != epochs->epoch) {
        rng_t rng = rng_open(epochs->seed, epochs->replica, "data", (uint32_t)epoch);
        for (int32_t i = 0; i < epochs->count; i++) epochs->order[i] = i;
        rng_shuffle(&rng, epochs->order, epochs->count);
        epochs->epoch = epoch;
    }
    return epochs->order[position % epochs->count];
}
