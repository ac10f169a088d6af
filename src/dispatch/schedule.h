/* schedule.h: which trial is handed out next: the one of highest priority.
 *
 * Long trials last would leave most ranks idle at the end (longest processing time first is within
 * 4/3 of the shortest possible sweep; Graham 1969). Equal ones go in plan order. A binary heap. */
#ifndef DISPATCH_SCHEDULE_H
#define DISPATCH_SCHEDULE_H

#include <stddef.h>

#include "base/status.h"

typedef struct schedule_entry {
    size_t trial;    /* index in the plan                       */
    double priority; /* the highest goes first                  */
    double flops;    /* expected work                           */
} schedule_entry_t;

/* The longest expected goes first. One that took ranks down goes last: should it do so again, the
 * others are done. */
double schedule_priority(double expected, unsigned deaths);

typedef struct schedule {
    schedule_entry_t *heap; /* owned [capacity] */
    size_t count, capacity;
} schedule_t;

status_t schedule_create(size_t capacity, schedule_t *schedule);
void schedule_destroy(schedule_t *schedule); /* {0} is fine */

/* Puts a trial in, for the first time or again. At most `capacity` wait. */
void schedule_put(schedule_t *schedule, const schedule_entry_t *entry);

/* Gives every waiting trial the priority priority(context, trial). */
void schedule_rank(schedule_t *schedule, double (*priority)(const void *context, size_t trial),
                   const void *context);

/* Takes the next one out; 0 when none waits. */
int schedule_take(schedule_t *schedule, schedule_entry_t *entry);

/* Takes the first one out that needs at most so many FLOPs; 0 when none does. Looks at all. */
int schedule_take_within(schedule_t *schedule, double flops, schedule_entry_t *entry);

#endif
