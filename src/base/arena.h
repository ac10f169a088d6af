/* arena.h: one block of memory, handed out front to back, given back whole. */
#ifndef BASE_ARENA_H
#define BASE_ARENA_H

#include <stddef.h>

#include "base/status.h"

typedef struct arena {
    char *base;  /* owned; zeroed when created, 2 MiB pages asked for */
    size_t size; /* bytes                                             */
    size_t used; /* bytes                                             */
} arena_t;

enum { ARENA_ALIGN = 128 }; /* bytes; every allocation starts on such a boundary */

/* Reserves `size` bytes of zeroed memory (touched pages only are really used). */
status_t arena_create(size_t size, arena_t *arena);

/* `bytes` zeroed on first use, aligned to ARENA_ALIGN; NULL when the arena is full. */
void *arena_take(arena_t *arena, size_t bytes);

/* Gives all back. {0} is fine. */
void arena_destroy(arena_t *arena);

/* `bytes` rounded up to what arena_take will use. */
size_t arena_round(size_t bytes);

#endif
