#include "base/memory.h"

#include <stdlib.h>

#include "base/log.h"

static void *insist(void *block, size_t count, size_t size, const char *purpose) {
    if (block) return block;
    log_error("out of memory for %s (%zu x %zu bytes)", purpose, count, size);
    abort();
}

void *memory_take(size_t count, size_t size, const char *purpose) {
    return insist(calloc(count ? count : 1, size), count, size, purpose);
}

void *memory_grow(void *block, size_t count, size_t size, const char *purpose) {
    return insist(reallocarray(block, count ? count : 1, size), count, size, purpose);
}
