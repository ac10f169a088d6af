#include "sweep/schedule.h"

#include <assert.h>
#include <stdlib.h>

status_t schedule_create(size_t capacity, schedule_t *schedule) {
    *schedule = (schedule_t){.capacity = capacity};
    schedule->heap = calloc(capacity ? capacity : 1, sizeof *schedule->heap);
    CHECK(schedule->heap, STATUS_ENVIRONMENT, "out of memory for a schedule of %zu trials",
          capacity);
    return STATUS_OK;
}

void schedule_destroy(schedule_t *schedule) {
    free(schedule->heap);
    *schedule = (schedule_t){0};
}

/* A total order: the same plan is always handed out in the same sequence. */
static int goes_before(const schedule_entry_t *a, const schedule_entry_t *b) {
    return a->cost > b->cost || (a->cost == b->cost && a->trial < b->trial);
}

void schedule_put(schedule_t *schedule, size_t trial, double cost) {
    assert(schedule->count < schedule->capacity);
    schedule_entry_t fresh = {trial, cost}, *heap = schedule->heap;
    size_t at = schedule->count++;
    for (; at > 0 && goes_before(&fresh, &heap[(at - 1) / 2]); at = (at - 1) / 2)
        heap[at] = heap[(at - 1) / 2];
    heap[at] = fresh;
}

/* The last entry sinks from the root to where neither child goes before it. */
static void sink(schedule_t *schedule, schedule_entry_t last) {
    schedule_entry_t *heap = schedule->heap;
    size_t at = 0;
    for (;;) {
        size_t child = 2 * at + 1;
        if (child + 1 < schedule->count && goes_before(&heap[child + 1], &heap[child])) child++;
        if (child >= schedule->count || !goes_before(&heap[child], &last)) break;
        heap[at] = heap[child];
        at = child;
    }
    heap[at] = last;
}

int schedule_take(schedule_t *schedule, schedule_entry_t *entry) {
    if (schedule->count == 0) return 0;
    *entry = schedule->heap[0];
    schedule->count--;
    sink(schedule, schedule->heap[schedule->count]);
    return 1;
}
