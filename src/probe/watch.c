#include "probe/watch.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "model/arch.h"

/* The architectures that show something. */
static char of_watched[256];

struct options {
    int64_t every;
};

#define OPTIONS struct options
static const field_t fields[] = {
    INT_FIELD("probe.layers_every", every, .min = 0, .max = 1e9, .fallback = "10",
              .doc = "record what layers show (load of experts, decay of states, inputs beyond the "
                     "splines' grid) every so many steps, from step 0 on; 0 = never",
              .needs = of_watched, .is_later = true, .is_costless = true),
};
const field_set_t watch_fields = FIELD_SET("layers", fields);

__attribute__((constructor)) static void find_watched(void) {
    arch_watched(of_watched, sizeof of_watched);
}

status_t watch_probe_create(const config_t *config, model_t *model, int64_t steps,
                            watch_probe_t *p) {
    struct options options;
    config_read(config, &watch_fields, &options);
    *p = (watch_probe_t){.names = model_watched(model),
                         .layers = (size_t)model_options(model)->layers};
    while (p->names[p->name_count]) p->name_count++;
    if (!p->name_count || !options.every) return STATUS_OK;
    p->every = options.every;
    p->capacity = (size_t)((steps + p->every - 1) / p->every);
    p->step = calloc(p->capacity + 1, sizeof *p->step);
    p->numbers = calloc(p->name_count * p->layers * p->capacity + 1, sizeof *p->numbers);
    CHECK(p->step && p->numbers, STATUS_ENVIRONMENT, "out of memory for %zu records of layers",
          p->capacity);
    return STATUS_OK;
}

void watch_probe_destroy(watch_probe_t *p) {
    free(p->step);
    free(p->numbers);
    *p = (watch_probe_t){0};
}

int watch_probe_is_due(const watch_probe_t *p, int64_t step) {
    return p->every && step % p->every == 0 && p->count < p->capacity;
}

static double *numbers_of(const watch_probe_t *p, size_t name) {
    return p->numbers + name * p->capacity * p->layers;
}

void watch_probe_add(watch_probe_t *p, model_t *model, const flt *kept, int64_t step) {
    double now[WATCH_NUMBERS * LAYERS_MAX];
    model_watch_numbers(model, kept, now);
    for (size_t k = 0; k < p->name_count; k++)
        memcpy(numbers_of(p, k) + p->count * p->layers, now + k * p->layers,
               p->layers * sizeof *now);
    p->step[p->count++] = step;
}

/* "FOLDER/NAME" [records, layers]. */
static void put(const watch_probe_t *p, const char *folder, record_t *record) {
    const size_t shape[] = {p->count, p->layers};
    char path[RECORD_PATH_MAX];
    if (!p->count) return;
    snprintf(path, sizeof path, "%s/step", folder);
    record_put(record, path, RECORD_I64, 1, shape, p->step);
    for (size_t k = 0; k < p->name_count; k++) {
        snprintf(path, sizeof path, "%s/%s", folder, p->names[k]);
        record_put(record, path, RECORD_F64, 2, shape, numbers_of(p, k));
    }
}

void watch_probe_save(const watch_probe_t *p, record_t *record) {
    record_put_i64(record, "watch/count", (int64_t)p->count);
    put(p, "watch", record);
}

status_t watch_probe_load(watch_probe_t *p, const record_t *record) {
    char path[RECORD_PATH_MAX];
    int64_t count;
    TRY(record_get(record, "watch/count", RECORD_I64, 1, &count));
    CHECK(count >= 0 && count <= (int64_t)p->capacity, STATUS_CORRUPT,
          "%ld records of layers where %zu were asked for", (long)count, p->capacity);
    p->count = (size_t)count;
    if (!p->count) return STATUS_OK;
    TRY(record_get(record, "watch/step", RECORD_I64, p->count, p->step));
    for (size_t k = 0; k < p->name_count; k++) {
        snprintf(path, sizeof path, "watch/%s", p->names[k]);
        TRY(record_get(record, path, RECORD_F64, p->count * p->layers, numbers_of(p, k)));
    }
    return STATUS_OK;
}

void watch_probe_record(const watch_probe_t *p, record_t *record) { put(p, "layers", record); }
