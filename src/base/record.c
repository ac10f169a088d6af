#include "base/record.h"

#include <stdlib.h>
#include <string.h>

#include "base/memory.h"

size_t record_type_size(record_type_t type) {
    static const size_t size[] = {
        [RECORD_F64] = 8, [RECORD_F32] = 4, [RECORD_I64] = 8, [RECORD_I32] = 4, [RECORD_TEXT] = 1};
    return size[type];
}

size_t record_item_count(const record_item_t *item) {
    if (item->type == RECORD_TEXT) return strlen(item->data) + 1;
    size_t count = 1;
    for (int i = 0; i < item->rank; i++) count *= item->shape[i];
    return count;
}

/* FNV-1a, of a path as an item keeps it. */
static uint32_t hash_of(const char *path) {
    uint32_t hash = 0x811c9dc5;
    for (size_t i = 0; path[i] && i + 1 < RECORD_PATH_MAX; i++)
        hash = (hash ^ (unsigned char)path[i]) * 0x01000193;
    return hash;
}

/* Where the path's item is noted, or would be: twice as many places as items, so one is free. */
static uint32_t *place_of(const record_t *record, const char *path) {
    size_t mask = 2 * record->capacity - 1, at = hash_of(path) & mask;
    for (; record->places[at]; at = (at + 1) & mask) {
        const char *there = record->items[record->places[at] - 1].path;
        if (strncmp(there, path, RECORD_PATH_MAX - 1) == 0) break;
    }
    return &record->places[at];
}

static void grow(record_t *record) {
    record->capacity = record->capacity ? 2 * record->capacity : 32;
    record->items =
        memory_grow(record->items, record->capacity, sizeof *record->items, "a trial's record");
    free(record->places);
    record->places = memory_take(2 * record->capacity, sizeof *record->places, "a trial's record");
    for (size_t i = 0; i < record->count; i++)
        *place_of(record, record->items[i].path) = (uint32_t)i + 1;
}

static record_item_t *slot(record_t *record, const char *path) {
    if (record->count == record->capacity) grow(record);
    uint32_t *place = place_of(record, path);
    if (!*place)
        *place = (uint32_t)++record->count;
    else
        free(record->items[*place - 1].data);
    return &record->items[*place - 1];
}

void record_put(record_t *record, const char *path, record_type_t type, int rank,
                const size_t *shape, const void *data) {
    record_item_t *item = slot(record, path);
    *item = (record_item_t){.type = type, .rank = rank, .data = (void *)data};
    memcpy(item->path, path, strnlen(path, sizeof item->path - 1));
    for (int i = 0; i < rank; i++) item->shape[i] = shape[i];
    size_t bytes = record_item_count(item) * record_type_size(type);
    item->data = memory_grow(NULL, bytes, 1, "a trial's record");
    memcpy(item->data, data, bytes);
}

void record_put_f64(record_t *record, const char *path, double value) {
    record_put(record, path, RECORD_F64, 0, NULL, &value);
}

void record_put_i64(record_t *record, const char *path, int64_t value) {
    record_put(record, path, RECORD_I64, 0, NULL, &value);
}

void record_put_text(record_t *record, const char *path, const char *text) {
    record_put(record, path, RECORD_TEXT, 0, NULL, text);
}

void record_put_vector(record_t *record, const char *path, const double *x, size_t n) {
    record_put(record, path, RECORD_F64, 1, &n, x);
}

const record_item_t *record_find(const record_t *record, const char *path) {
    uint32_t place = record->count ? *place_of(record, path) : 0;
    return place ? &record->items[place - 1] : NULL;
}

status_t record_get(const record_t *record, const char *path, record_type_t type, size_t count,
                    void *to) {
    const record_item_t *item = record_find(record, path);
    CHECK(item && item->type == type && record_item_count(item) == count, STATUS_CORRUPT,
          "%s is missing, or not as expected", path);
    memcpy(to, item->data, count * record_type_size(type));
    return STATUS_OK;
}

void record_clear(record_t *record) {
    for (size_t i = 0; i < record->count; i++) free(record->items[i].data);
    free(record->items);
    free(record->places);
    *record = (record_t){0};
}
