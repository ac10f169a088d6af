#include "tensors/write.h"

#include <cjson/cJSON.h>
#include <endian.h>
#include <stdlib.h>
#include <string.h>

#include "base/disk.h"
#include "base/memory.h"

static uint64_t bytes_of(const record_item_t *item) {
    return record_item_count(item) * record_type_size(item->type);
}

static cJSON *describe(const record_item_t *item, uint64_t begin) {
    cJSON *entry = cJSON_CreateObject();
    cJSON_AddStringToObject(entry, "dtype", item->type == RECORD_F32 ? "F32" : "F64");
    cJSON *shape = cJSON_AddArrayToObject(entry, "shape");
    for (int axis = 0; axis < item->rank; axis++)
        cJSON_AddItemToArray(shape, cJSON_CreateNumber((double)item->shape[axis]));
    cJSON *offsets = cJSON_AddArrayToObject(entry, "data_offsets");
    cJSON_AddItemToArray(offsets, cJSON_CreateNumber((double)begin));
    cJSON_AddItemToArray(offsets, cJSON_CreateNumber((double)(begin + bytes_of(item))));
    return entry;
}

/* The header's text, padded so that the numbers behind it are aligned; `size`: of all numbers. */
static char *write_header(const record_t *record, size_t *length, uint64_t *size) {
    cJSON *header = cJSON_CreateObject();
    *size = 0;
    cJSON_AddStringToObject(cJSON_AddObjectToObject(header, "__metadata__"), "format", "pt");
    for (size_t i = 0; i < record->count; i++) {
        cJSON_AddItemToObject(header, record->items[i].path, describe(&record->items[i], *size));
        *size += bytes_of(&record->items[i]);
    }
    char *text = cJSON_PrintUnformatted(header);
    cJSON_Delete(header);
    size_t used = text ? strlen(text) : 0;
    *length = (used + 7) / 8 * 8;
    text = memory_grow(text, *length + 1, 1, "the header of a file of tensors");
    memset(text + used, ' ', *length - used);
    return text;
}

status_t safetensors_write(const char *path, const record_t *record) {
    for (size_t i = 0; i < record->count; i++)
        CHECK(record->items[i].type == RECORD_F32 || record->items[i].type == RECORD_F64,
              STATUS_BUG, "%s: is no array of floating-point numbers", record->items[i].path);
    size_t length;
    uint64_t size, head;
    char *text = write_header(record, &length, &size);
    bytes_t file = {.size = sizeof head + length + size};
    file.at = malloc(file.size);
    if (!file.at) free(text);
    CHECK(file.at, STATUS_ENVIRONMENT, "%s: out of memory for its %zu bytes", path, file.size);
    unsigned char *at = file.at;
    head = htole64(length);
    at = mempcpy(at, &head, sizeof head);
    at = mempcpy(at, text, length);
    for (size_t i = 0; i < record->count; i++)
        if (bytes_of(&record->items[i]))
            at = mempcpy(at, record->items[i].data, bytes_of(&record->items[i]));
    free(text);
    status_t status = disk_replace(path, &file);
    bytes_free(&file);
    return status;
}
