#include "tensors/header.h"

#include <cjson/cJSON.h>
#include <endian.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"

status_t header_length(const unsigned char head[8], uint64_t file_size, uint64_t *length) {
    uint64_t raw;
    memcpy(&raw, head, sizeof raw);
    *length = le64toh(raw);
    CHECK(*length <= file_size - 8 && *length <= HEADER_BYTES_MAX, STATUS_CORRUPT,
          "its first 8 bytes promise a header of %llu bytes; the file has %llu, and a header at "
          "most %d: it is truncated or no safetensors file",
          (unsigned long long)*length, (unsigned long long)file_size, HEADER_BYTES_MAX);
    return STATUS_OK;
}

/* A whole number that a double holds exactly. */
static int is_whole(const cJSON *item) {
    double x = cJSON_IsNumber(item) ? item->valuedouble : -1;
    return x >= 0 && x <= 0x1p53 && x == (double)(int64_t)x;
}

static status_t read_shape(const cJSON *json, tensor_entry_t *t) {
    const cJSON *size, *shape = cJSON_GetObjectItemCaseSensitive(json, "shape");
    CHECK(cJSON_IsArray(shape) && cJSON_GetArraySize(shape) <= TENSOR_RANK_MAX, STATUS_CORRUPT,
          "tensor %s has no shape of at most %d axes", t->name, TENSOR_RANK_MAX);
    t->count = 1;
    cJSON_ArrayForEach(size, shape) {
        CHECK(is_whole(size), STATUS_CORRUPT, "tensor %s: axis %d has no whole length", t->name,
              t->rank);
        t->shape[t->rank] = (int64_t)size->valuedouble;
        CHECK(!__builtin_mul_overflow(t->count, t->shape[t->rank++], &t->count), STATUS_CORRUPT,
              "tensor %s has more numbers than there can be", t->name);
    }
    return STATUS_OK;
}

/* Of a type that is not known only the place can be checked. */
static status_t check_size(const tensor_entry_t *t) {
    uint64_t bytes = t->type ? t->type->bytes : 0;
    CHECK(!t->type || (!__builtin_mul_overflow(bytes, (uint64_t)t->count, &bytes) &&
                       bytes == t->end - t->begin),
          STATUS_CORRUPT, "tensor %s: %lld numbers of type %s are not the %llu bytes it has",
          t->name, (long long)t->count, t->type_name, (unsigned long long)(t->end - t->begin));
    return STATUS_OK;
}

static status_t read_place(const cJSON *json, uint64_t data, uint64_t size, tensor_entry_t *t) {
    const cJSON *offsets = cJSON_GetObjectItemCaseSensitive(json, "data_offsets");
    const cJSON *begin = cJSON_GetArrayItem(offsets, 0), *end = cJSON_GetArrayItem(offsets, 1);
    CHECK(cJSON_IsArray(offsets) && cJSON_GetArraySize(offsets) == 2 && is_whole(begin) &&
              is_whole(end) && begin->valuedouble <= end->valuedouble,
          STATUS_CORRUPT, "tensor %s has no data_offsets [begin, end]", t->name);
    t->begin = data + (uint64_t)begin->valuedouble;
    t->end = data + (uint64_t)end->valuedouble;
    CHECK(t->end <= size, STATUS_CORRUPT,
          "tensor %s ends at byte %llu of a file of %llu: it is truncated", t->name,
          (unsigned long long)t->end, (unsigned long long)size);
    return check_size(t);
}

static status_t read_tensor(const cJSON *json, uint64_t data, uint64_t size, tensor_entry_t *t) {
    const cJSON *type = cJSON_GetObjectItemCaseSensitive(json, "dtype");
    t->name = memory_take(strlen(json->string) + 1, 1, "the name of a tensor");
    strcpy(t->name, json->string);
    CHECK(cJSON_IsObject(json) && cJSON_IsString(type), STATUS_CORRUPT, "tensor %s has no dtype",
          t->name);
    snprintf(t->type_name, sizeof t->type_name, "%s", type->valuestring);
    t->type = number_type_find(type->valuestring);
    TRY(read_shape(json, t));
    return read_place(json, data, size, t);
}

static status_t check_metadata(const cJSON *json) {
    const cJSON *text;
    CHECK(cJSON_IsObject(json), STATUS_CORRUPT, "its __metadata__ is no object");
    cJSON_ArrayForEach(text, json)
        CHECK(cJSON_IsString(text), STATUS_CORRUPT, "its __metadata__ %s is no text", text->string);
    return STATUS_OK;
}

static int by_place(const void *a, const void *b) {
    const tensor_entry_t *x = a, *y = b;
    if (x->begin != y->begin) return x->begin < y->begin ? -1 : 1;
    return (x->end > y->end) - (x->end < y->end);
}

static status_t check_places(tensor_list_t *list, uint64_t data, uint64_t size) {
    uint64_t at = data;
    qsort(list->at, list->count, sizeof *list->at, by_place);
    for (size_t i = 0; i < list->count; at = list->at[i++].end)
        CHECK(list->at[i].begin == at, STATUS_CORRUPT,
              "tensor %s begins at byte %llu, %s byte %llu, where the one before it ends",
              list->at[i].name, (unsigned long long)list->at[i].begin,
              list->at[i].begin < at ? "before" : "behind", (unsigned long long)at);
    CHECK(at == size, STATUS_CORRUPT, "its tensors end at byte %llu, the file at %llu",
          (unsigned long long)at, (unsigned long long)size);
    return STATUS_OK;
}

static status_t read_tensors(const cJSON *json, uint64_t data, uint64_t size, tensor_list_t *list) {
    const cJSON *item;
    list->at = memory_take((size_t)cJSON_GetArraySize(json) + 1, sizeof *list->at, "tensors");
    cJSON_ArrayForEach(item, json) {
        if (strcmp(item->string, "__metadata__") == 0)
            TRY(check_metadata(item));
        else
            TRY(read_tensor(item, data, size, &list->at[list->count++]));
    }
    TRY(check_places(list, data, size));
    return tensor_list_sort(list);
}

/* The header is padded with spaces behind its object, and begins with it. */
static int is_padding(const char *from, const char *end) {
    while (from < end && *from == ' ') from++;
    return from == end;
}

status_t header_read(const char *text, size_t length, uint64_t file_size, tensor_list_t *list) {
    const char *end = NULL;
    int begins = length > 0 && *text == '{';
    cJSON *json = begins ? cJSON_ParseWithLengthOpts(text, length, &end, 0) : NULL;
    status_t status = STATUS_OK;
    *list = (tensor_list_t){0};
    CHECK_OR_DONE(cJSON_IsObject(json) && is_padding(end, text + length), STATUS_CORRUPT,
                  "its header is not one JSON object of tensors");
    TRY_OR_DONE(read_tensors(json, 8 + length, file_size, list));
done:
    cJSON_Delete(json);
    if (status != STATUS_OK) tensor_list_clear(list);
    return status;
}

void tensor_list_clear(tensor_list_t *list) {
    for (size_t i = 0; i < list->count; i++) free(list->at[i].name);
    free(list->at);
    *list = (tensor_list_t){0};
}

static int by_name(const void *a, const void *b) {
    return strcmp(((const tensor_entry_t *)a)->name, ((const tensor_entry_t *)b)->name);
}

status_t tensor_list_sort(tensor_list_t *list) {
    qsort(list->at, list->count, sizeof *list->at, by_name);
    for (size_t i = 1; i < list->count; i++)
        CHECK(strcmp(list->at[i - 1].name, list->at[i].name) != 0, STATUS_CORRUPT,
              "tensor %s is there twice", list->at[i].name);
    return STATUS_OK;
}

const tensor_entry_t *tensor_list_find(const tensor_list_t *list, const char *name) {
    const tensor_entry_t key = {.name = (char *)name};
    return list->count ? bsearch(&key, list->at, list->count, sizeof key, by_name) : NULL;
}
