#include "figure/lanes.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "rundir/journal.h"
#include "train/train.h"

static const char purpose[] = "a timeline";

typedef struct reading {
    const plan_t *plan;
    lanes_t *lanes;
    double first;
} reading_t;

static size_t find_lane(lanes_t *lanes, const journal_entry_t *entry) {
    char name[128];
    snprintf(name, sizeof name, "%s rank %d", entry->host, entry->rank);
    for (size_t l = 0; l < lanes->count; l++)
        if (strcmp(lanes->names[l], name) == 0) return l;
    size_t lane = lanes->count++;
    lanes->names = memory_grow(lanes->names, lanes->count, sizeof *lanes->names, purpose);
    lanes->names[lane] = memory_take(1, sizeof name, purpose);
    memcpy(lanes->names[lane], name, sizeof name);
    return lane;
}

static bar_t *add_bar(lanes_t *lanes) {
    size_t count = lanes->bar_count++;
    if ((count & (count + 1)) == 0) /* 0, 1, 3, 7, ..: room for as many again */
        lanes->bars = memory_grow(lanes->bars, 2 * count + 1, sizeof *lanes->bars, purpose);
    return &lanes->bars[count];
}

/* A line about the end of an attempt tells its length too, so that lines about beginnings, which
 * may be missing, are not needed. */
static void take(void *context, const journal_entry_t *entry) {
    reading_t *reading = context;
    const trial_t *trial = plan_find(reading->plan, entry->id);
    if (!trial || entry->rank < 0 || strcmp(entry->event, JOURNAL_BEGUN) == 0) return;
    trial_state_t state = trial_state_find(entry->event);
    *add_bar(reading->lanes) = (bar_t){.trial = trial->index,
                                       .lane = find_lane(reading->lanes, entry),
                                       .begin = entry->time - entry->seconds,
                                       .end = entry->time,
                                       .has_ended = state < TRIAL_STATES,
                                       .diverged = state == TRIAL_DIVERGED};
    reading->first = fmin(reading->first, entry->time - entry->seconds);
}

lanes_t lanes_read(const char *run_dir, const plan_t *plan) {
    lanes_t lanes = {0};
    reading_t reading = {.plan = plan, .lanes = &lanes, .first = INFINITY};
    double spent = 0;
    journal_read(run_dir, NULL, take, &reading);
    for (size_t k = 0; k < lanes.bar_count; k++) {
        bar_t *bar = &lanes.bars[k];
        bar->begin -= reading.first;
        bar->end -= reading.first;
        spent += bar->end - bar->begin;
        lanes.seconds = fmax(lanes.seconds, bar->end);
    }
    if (lanes.seconds > 0) lanes.busy = spent / (lanes.seconds * (double)lanes.count);
    return lanes;
}

void lanes_free(lanes_t *lanes) {
    for (size_t l = 0; l < lanes->count; l++) free(lanes->names[l]);
    free(lanes->names);
    free(lanes->bars);
    *lanes = (lanes_t){0};
}
