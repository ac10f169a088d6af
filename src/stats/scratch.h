/* scratch.h: memory for tables and intermediate arrays, a few bytes per trial. */
#ifndef STATS_SCRATCH_H
#define STATS_SCRATCH_H

#include <stddef.h>

/* `count` zeroed elements of `size` bytes; the caller frees. Aborts with one line when memory is
 * out, so that callers stay pure functions without an error path. */
void *scratch(size_t count, size_t size) __attribute__((malloc, returns_nonnull));

#endif
