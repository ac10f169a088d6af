#include "base/record.h"

#include <stdio.h>
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

static record_item_t *slot(record_t *record, const char *path) {
    for (size_t i = 0; i < record->count; i++) {
        if (strcmp(record->items[i].path, path) == 0) {
            free(record->items[i].data);
            return &record->items[i];
        }
    }
    if (record->count == record->capacity) {
        record->capacity = record->capacity ? 2 * record->capacity : 32;
        record->items =
            memory_grow(record->items, record->capacity, sizeof *record->items, "a trial's record");
    }
    return &record->items[record->count++];
}

void record_put(record_t *record, const char *path, record_type_t type, int rank,
                const size_t *shape, const void *data) {
    record_item_t *item = slot(record, path);
    *item = (record_item_t){.type = type, .rank = rank, .data = (void *)data};
    snprintf(item->path, sizeof item->path, "%s", path);
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
    for (size_t i = 0; i < record->count; i++)
        if (strcmp(record->items[i].path, path) == 0) return &record->items[i];
    return NULL;
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
    *record = (record_t){0};
}
