#include "stats/scratch.h"

#include <stdlib.h>

#include "base/log.h"

void *scratch(size_t count, size_t size) {
    void *memory = calloc(count ? count : 1, size);
    if (!memory) {
        log_error("out of memory for statistics (%zu x %zu bytes)", count, size);
        abort();
    }
    return memory;
}
