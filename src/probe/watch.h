/* watch.h: what layers show of themselves while a trial trains (load of experts, ..; model.h),
 * every so many steps. */
#ifndef PROBE_WATCH_H
#define PROBE_WATCH_H

#include "base/record.h"
#include "model/model.h"

extern const field_set_t watch_fields;

typedef struct watch_probe {
    int64_t every; /* steps; 0 = nothing is watched */
    const char *const *names;
    size_t name_count, layers;
    size_t count, capacity; /* records */
    int64_t *step;          /* owned [capacity]                 */
    double *numbers;        /* owned [names, capacity, layers]  */
} watch_probe_t;

/* For a trial of that many steps. */
status_t watch_probe_create(const config_t *config, model_t *model, int64_t steps,
                            watch_probe_t *probe);
void watch_probe_destroy(watch_probe_t *probe); /* {0} is fine */

int watch_probe_is_due(const watch_probe_t *probe, int64_t step);

/* kept: of model_watch, of all shares of the step's batch. */
void watch_probe_add(watch_probe_t *probe, model_t *model, const flt *kept, int64_t step);

/* For checkpoints, under "watch/...". STATUS_CORRUPT: a record of another trial. */
void watch_probe_save(const watch_probe_t *probe, record_t *record);
status_t watch_probe_load(watch_probe_t *probe, const record_t *record);

/* Puts layers/... in; nothing when nothing was watched. */
void watch_probe_record(const watch_probe_t *probe, record_t *record);

#endif
