#include "base/arena.h"

#include <sys/mman.h>

size_t arena_round(size_t bytes) { return (bytes + ARENA_ALIGN - 1) & ~(size_t)(ARENA_ALIGN - 1); }

status_t arena_create(size_t size, arena_t *arena) {
    enum { HUGE_PAGE = 2 << 20 };
    *arena = (arena_t){0};
    int is_small = size < HUGE_PAGE / 2;
    size = (size + HUGE_PAGE - 1) & ~(size_t)(HUGE_PAGE - 1);
    if (size == 0) size = HUGE_PAGE;
    void *base = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    CHECK(base != MAP_FAILED, STATUS_ENVIRONMENT,
          "out of memory: %.1f MiB asked for at once; use a smaller model or batch",
          (double)size / (1 << 20));
    /* A hint: failure changes nothing. For a tiny model, clearing huge pages is a tenth of a trial.
     */
    if (!is_small) madvise(base, size, MADV_HUGEPAGE);
    *arena = (arena_t){.base = base, .size = size};
    return STATUS_OK;
}

void *arena_take(arena_t *arena, size_t bytes) {
    bytes = arena_round(bytes);
    if (bytes > arena->size - arena->used) return NULL;
    void *taken = arena->base + arena->used;
    arena->used += bytes;
    return taken;
}

void arena_destroy(arena_t *arena) {
    if (arena->base) munmap(arena->base, arena->size);
    *arena = (arena_t){0};
}
