#include "dispatch/schedule.h"

#include <assert.h>
#include <stdlib.h>

/* A trial that took ranks down is more likely than others to do so again, and each rank lost slows
 * down all that are left: it waits until nothing else does, however long it is. */
double schedule_priority(double expected, unsigned deaths) {
    return deaths ? -(double)deaths : expected;
}

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
    return a->priority > b->priority || (a->priority == b->priority && a->trial < b->trial);
}

/* The entry rises from the free place `at` to where its parent goes before it. */
static void rise(schedule_t *schedule, size_t at, schedule_entry_t entry) {
    schedule_entry_t *heap = schedule->heap;
    for (; at > 0 && goes_before(&entry, &heap[(at - 1) / 2]); at = (at - 1) / 2)
        heap[at] = heap[(at - 1) / 2];
    heap[at] = entry;
}

void schedule_put(schedule_t *schedule, const schedule_entry_t *entry) {
    assert(schedule->count < schedule->capacity);
    rise(schedule, schedule->count++, *entry);
}

/* The last entry sinks from the free place `at` to where neither child goes before it, or rises
 * when it came from another branch. */
static void sink(schedule_t *schedule, size_t at, schedule_entry_t last) {
    schedule_entry_t *heap = schedule->heap;
    for (;;) {
        size_t child = 2 * at + 1;
        if (child + 1 < schedule->count && goes_before(&heap[child + 1], &heap[child])) child++;
        if (child >= schedule->count || !goes_before(&heap[child], &last)) break;
        heap[at] = heap[child];
        at = child;
    }
    rise(schedule, at, last);
}

void schedule_rank(schedule_t *schedule, double (*priority)(const void *context, size_t trial),
                   const void *context) {
    for (size_t i = 0; i < schedule->count; i++) {
        schedule_entry_t entry = schedule->heap[i];
        entry.priority = priority(context, entry.trial);
        rise(schedule, i, entry); /* all before it are a heap already */
    }
}

static void remove_at(schedule_t *schedule, size_t at, schedule_entry_t *entry) {
    *entry = schedule->heap[at];
    schedule->count--;
    if (at < schedule->count) sink(schedule, at, schedule->heap[schedule->count]);
}

int schedule_take(schedule_t *schedule, schedule_entry_t *entry) {
    if (schedule->count == 0) return 0;
    remove_at(schedule, 0, entry);
    return 1;
}

int schedule_take_within(schedule_t *schedule, double flops, schedule_entry_t *entry) {
    size_t best = schedule->count;
    for (size_t i = 0; i < schedule->count; i++) {
        const schedule_entry_t *here = &schedule->heap[i];
        if (here->flops > flops) continue;
        if (best == schedule->count || goes_before(here, &schedule->heap[best])) best = i;
    }
    if (best == schedule->count) return 0;
    remove_at(schedule, best, entry);
    return 1;
}
