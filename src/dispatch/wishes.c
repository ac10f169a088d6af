#include "dispatch/wishes.h"

#include <stdlib.h>

#include "base/memory.h"

void wishes_add(wishes_t *wishes, wish_kind_t kind, size_t trial) {
    if (wishes->count == wishes->capacity) {
        wishes->capacity = 2 * wishes->capacity + 16;
        wishes->at = memory_grow(wishes->at, wishes->capacity, sizeof *wishes->at, "a schedule");
    }
    wishes->at[wishes->count++] = (wish_t){kind, trial};
}

void wishes_clear(wishes_t *wishes) {
    free(wishes->at);
    *wishes = (wishes_t){0};
}
