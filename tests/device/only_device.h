/* only_device.h: TEST_DEVICE=NAME: tests run on that backend alone, and fail where it is not. */
#ifndef TESTS_DEVICE_ONLY_DEVICE_H
#define TESTS_DEVICE_ONLY_DEVICE_H

#include <stdlib.h>
#include <string.h>

#include "kernel/backend.h"

static inline int is_needed(const backend_t *row) {
    const char *name = getenv("TEST_DEVICE");
    return name && strcmp(name, row->name) == 0;
}

static inline int is_asked_for(const backend_t *row) {
    return !getenv("TEST_DEVICE") || is_needed(row);
}

/* 1 where the program has no such backend at all. */
static inline int is_unknown_device(void) {
    const backend_t *const *row = backend_rows();
    while (*row && !is_needed(*row)) row++;
    return getenv("TEST_DEVICE") && !*row;
}

#endif
