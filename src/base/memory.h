/* memory.h: memory that is taken for granted: lists, names, tables, small beside a model.
 *
 * Where even that is not to be had, the process ends with one line that says what it was for, so
 * callers need no way to fail. What grows with models or data is an arena (arena.h), or allocated
 * by a function that can return STATUS_ENVIRONMENT. */
#ifndef BASE_MEMORY_H
#define BASE_MEMORY_H

#include <stddef.h>

/* `count` zeroed elements of `size` bytes, for `purpose` ("statistics"). The caller frees. */
void *memory_take(size_t count, size_t size, const char *purpose)
    __attribute__((malloc, returns_nonnull));

/* Gives a block (NULL: a new one) room for `count` elements; those that were there stay, others are
 * undefined. */
void *memory_grow(void *block, size_t count, size_t size, const char *purpose)
    __attribute__((returns_nonnull));

#endif
