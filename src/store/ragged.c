#include "store/ragged.h"

#include <hdf5_hl.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "store/attribute.h"
#include "store/dataset.h"
#include "store/index.h"
#include "store/schema.h"

enum {
    BLOCK_BYTES = 256 * 1024, /* what is written at once, and a chunk's size            */
    ENTRIES_MIN = 256         /* of a chunk: the first trial may have fewer than others */
};

/* An array of all trials: what is in the file, and the last entries, which are not yet. */
typedef struct array {
    hid_t dataset; /* owned; 0: no trial has it yet */
    record_type_t type;
    int rank;
    hsize_t extent[RECORD_RANK_MAX]; /* in the file; of further axes also in the block */
    hsize_t waiting;                 /* entries in the block */
    char *block;                     /* owned [room] */
    size_t room;                     /* bytes */
} array_t;

struct ragged {
    hid_t file; /* borrowed */
    size_t trials;
    array_t *arrays;                /* owned, one for each row of the schema        */
    array_t entries[DIMENSION_MAX]; /* rows of the table, for each first axis       */
    hsize_t total[DIMENSION_MAX];   /* entries so far along a first axis            */
    hsize_t longest[DIMENSION_MAX]; /* of the trials                                */
    int64_t *first[DIMENSION_MAX];  /* owned [trials]; NULL: no trial has that axis */
    int64_t *count[DIMENSION_MAX];  /* owned [trials], likewise                     */
};

static size_t schema_rows(void) {
    size_t rows = 0;
    while (trial_schema[rows].path) rows++;
    return rows;
}

ragged_t *ragged_create(hid_t file, size_t trials) {
    ragged_t *ragged = memory_take(1, sizeof *ragged, "merged arrays");
    ragged->file = file;
    ragged->trials = trials;
    ragged->arrays = memory_take(schema_rows(), sizeof *ragged->arrays, "merged arrays");
    return ragged;
}

static void clear_array(array_t *array) {
    image_release(&array->dataset);
    free(array->block);
}

void ragged_destroy(ragged_t **ragged) {
    ragged_t *r = *ragged;
    if (!r) return;
    for (size_t i = 0; i < schema_rows(); i++) clear_array(&r->arrays[i]);
    for (int d = 0; d < DIMENSION_MAX; d++) {
        clear_array(&r->entries[d]);
        free(r->first[d]);
        free(r->count[d]);
    }
    free(r->arrays);
    free(r);
    *ragged = NULL;
}

/* --- one array --- */

static const void *fill_of(record_type_t type) {
    static const double f64 = NAN;
    static const float f32 = NAN;
    static const int64_t i64 = INT64_MIN;
    static const int32_t i32 = INT32_MIN;
    return type == RECORD_F64   ? (const void *)&f64
           : type == RECORD_F32 ? (const void *)&f32
           : type == RECORD_I64 ? (const void *)&i64
                                : (const void *)&i32;
}

/* Bytes of one entry of the first axis. */
static size_t entry_bytes(const array_t *array) {
    size_t bytes = record_type_size(array->type);
    for (int axis = 1; axis < array->rank; axis++) bytes *= array->extent[axis];
    return bytes;
}

/* Under the item's path; some `expected` entries are to come. */
static status_t create(array_t *array, hid_t file, const record_item_t *item, size_t expected,
                       int is_deflated) {
    hsize_t shape[RECORD_RANK_MAX];
    *array = (array_t){.type = item->type, .rank = item->rank};
    for (int axis = 1; axis < item->rank; axis++)
        shape[axis] = array->extent[axis] = item->shape[axis];
    size_t bytes = entry_bytes(array), most = bytes ? BLOCK_BYTES / bytes + 1 : 1;
    if (expected < ENTRIES_MIN) expected = ENTRIES_MIN;
    shape[0] = expected < most ? expected : most;
    array->dataset = dataset_create_growing(file, item->path, item->type, item->rank, shape,
                                            fill_of(item->type), is_deflated);
    CHECK_HDF5(array->dataset, STATUS_ENVIRONMENT, "cannot make the data set %s", item->path);
    return STATUS_OK;
}

static status_t extend(array_t *array) {
    CHECK_HDF5(H5Dset_extent(array->dataset, array->extent), STATUS_ENVIRONMENT,
               "cannot extend a data set");
    return STATUS_OK;
}

/* What waits goes behind what is in the file. */
static status_t flush(array_t *array) {
    hsize_t start[RECORD_RANK_MAX] = {array->extent[0]}, shape[RECORD_RANK_MAX];
    if (!array->waiting) return STATUS_OK;
    memcpy(shape, array->extent, sizeof shape);
    shape[0] = array->waiting;
    array->extent[0] += array->waiting;
    TRY(extend(array));
    int is_empty = entry_bytes(array) == 0;
    array->waiting = 0;
    if (is_empty) return STATUS_OK;
    HELD(image_release) hid_t space = H5Dget_space(array->dataset);
    HELD(image_release) hid_t memory = H5Screate_simple(array->rank, shape, NULL);
    H5Sselect_hyperslab(space, H5S_SELECT_SET, start, NULL, shape, NULL);
    CHECK_HDF5(H5Dwrite(array->dataset, dataset_memory_type(array->type), memory, space,
                        H5P_DEFAULT, array->block),
               STATUS_ENVIRONMENT, "cannot write a data set");
    return STATUS_OK;
}

/* Makes further axes as long as the item's, and the first one reach to `first`: HDF5 fills. */
static status_t make_fit(array_t *array, const record_item_t *item, hsize_t first) {
    int is_longer = 0;
    for (int axis = 1; axis < array->rank; axis++)
        is_longer |= item->shape[axis] > array->extent[axis];
    if (!is_longer && array->extent[0] + array->waiting == first) return STATUS_OK;
    TRY(flush(array));
    array->extent[0] = first;
    for (int axis = 1; axis < array->rank; axis++)
        if (item->shape[axis] > array->extent[axis]) array->extent[axis] = item->shape[axis];
    return extend(array);
}

/* Where in the block, in elements, the item's element of that number goes. */
static size_t place_of(const array_t *array, const record_item_t *item, size_t number) {
    size_t place = 0, stride = 1;
    for (int axis = array->rank - 1; axis >= 0; axis--) {
        place += number % item->shape[axis] * stride;
        number /= item->shape[axis];
        stride *= array->extent[axis];
    }
    return place;
}

/* Copies the item, line by line of its last axis, to `to`, where further axes may be longer. */
static void spread(const array_t *array, const record_item_t *item, char *to) {
    size_t size = record_type_size(array->type), line = item->shape[array->rank - 1];
    size_t all = item->shape[0] * entry_bytes(array), elements = record_item_count(item);
    const char *from = item->data;
    if (elements * size == all) {
        memcpy(to, from, all);
        return;
    }
    for (size_t at = 0; at < all; at += size) memcpy(to + at, fill_of(array->type), size);
    for (size_t i = 0; i < elements; i += line)
        memcpy(to + place_of(array, item, i) * size, from + i * size, line * size);
}

static status_t append(array_t *array, const record_item_t *item, hsize_t first) {
    TRY(make_fit(array, item, first));
    size_t entry = entry_bytes(array), bytes = item->shape[0] * entry;
    if (array->waiting * entry + bytes > array->room && array->waiting) TRY(flush(array));
    if (bytes > array->room || !array->block) {
        array->room = bytes > BLOCK_BYTES ? bytes : BLOCK_BYTES;
        array->block = memory_grow(array->block, array->room, 1, "merged arrays");
    }
    spread(array, item, array->block + array->waiting * entry);
    array->waiting += item->shape[0];
    return STATUS_OK;
}

/* --- all arrays of a trial --- */

/* In the root, where netCDF, and so xarray, finds the axes of arrays in any group. */
static void name_scale(int d, char path[RECORD_PATH_MAX]) {
    snprintf(path, RECORD_PATH_MAX, "trial_of_%s", trial_dimensions[d].name);
}

/* Notes of each of `count` entries whose it is, a piece at a time: a network has many weights. */
static status_t add_entries(ragged_t *ragged, int d, size_t row, size_t count) {
    enum { PIECE = 4096 };
    int64_t rows[PIECE];
    array_t *array = &ragged->entries[d];
    record_item_t item = {.type = RECORD_I64, .rank = 1, .data = rows};
    name_scale(d, item.path);
    for (size_t i = 0; i < PIECE && i < count; i++) rows[i] = (int64_t)row;
    if (!array->dataset) TRY(create(array, ragged->file, &item, count * ragged->trials, 1));
    for (size_t done = 0; done < count; done += item.shape[0]) {
        item.shape[0] = count - done < PIECE ? count - done : PIECE;
        TRY(append(array, &item, ragged->total[d] + done));
    }
    return STATUS_OK;
}

static status_t add_item(ragged_t *ragged, const record_item_t *item, int *d) {
    const schema_row_t *schema = schema_find(item->path);
    array_t *array = &ragged->arrays[schema - trial_schema];
    *d = schema_axis(schema, 0);
    if (!array->dataset) TRY(create(array, ragged->file, item, item->shape[0] * ragged->trials, 0));
    return append(array, item, ragged->total[*d]);
}

/* What the trial has of each axis. */
static void note_extents(ragged_t *ragged, size_t row, const size_t extent[DIMENSION_MAX]) {
    for (int d = 0; d < DIMENSION_MAX; d++) {
        if (extent[d] == EXTENT_UNKNOWN) continue;
        if (!ragged->count[d]) {
            ragged->count[d] = memory_take(ragged->trials, sizeof(int64_t), "merged arrays");
            ragged->first[d] = memory_take(ragged->trials, sizeof(int64_t), "merged arrays");
        }
        ragged->count[d][row] = (int64_t)extent[d];
        if (extent[d] > ragged->longest[d]) ragged->longest[d] = extent[d];
    }
}

status_t ragged_add(ragged_t *ragged, size_t row, const record_t *items) {
    size_t extent[DIMENSION_MAX];
    int is_first[DIMENSION_MAX] = {0};
    TRY(schema_check(items, STATUS_CORRUPT, extent));
    note_extents(ragged, row, extent);
    for (size_t i = 0; i < items->count; i++) {
        int d;
        if (!items->items[i].rank || schema_is_counter(items->items[i].path)) continue;
        TRY(add_item(ragged, &items->items[i], &d));
        is_first[d] = 1;
    }
    for (int d = 0; d < DIMENSION_MAX; d++) {
        if (!is_first[d]) continue;
        TRY(add_entries(ragged, d, row, extent[d]));
        ragged->total[d] += extent[d];
    }
    return STATUS_OK;
}

/* --- the end --- */

static status_t put_column(const ragged_t *ragged, const char *group, const char *doc, int d,
                           const int64_t *values) {
    char path[RECORD_PATH_MAX];
    snprintf(path, sizeof path, "%s/%s", group, trial_dimensions[d].name);
    schema_row_t row = {path, RECORD_I64, "[trial]", "1", "store", doc};
    return index_put_integers(ragged->file, &row, values, ragged->trials);
}

/* `first` of trials without such entries is where they would be. */
static status_t put_columns(ragged_t *ragged, int d) {
    int64_t at = 0;
    if (!ragged->count[d]) return STATUS_OK;
    TRY(put_column(ragged, "count", "how many the trial has", d, ragged->count[d]));
    if (!ragged->entries[d].dataset) return STATUS_OK;
    for (size_t row = 0; row < ragged->trials; row++) {
        ragged->first[d][row] = at;
        at += ragged->count[d][row];
    }
    return put_column(ragged, "first", "where the trial's entries begin", d, ragged->first[d]);
}

static status_t put_scale(const ragged_t *ragged, int d) {
    const dimension_row_t *dimension = &trial_dimensions[d];
    if (ragged->entries[d].dataset) {
        hid_t entries = ragged->entries[d].dataset;
        TRY(attribute_put_label(entries, "1", "row of the table that the entry is of", "store"));
        CHECK_HDF5(H5DSset_scale(entries, dimension->name), STATUS_ENVIRONMENT,
                   "cannot make the scale %s", dimension->name);
        return STATUS_OK;
    }
    if (!ragged->count[d] || *dimension->path) return STATUS_OK;
    int64_t *counter = memory_take(ragged->longest[d] + 1, sizeof *counter, "merged arrays");
    for (hsize_t i = 0; i < ragged->longest[d]; i++) counter[i] = (int64_t)i;
    record_item_t item = {.type = RECORD_I64, .rank = 1, .shape = {ragged->longest[d]}};
    item.data = counter;
    HELD(image_release) hid_t dataset = -1;
    status_t status = dataset_put(ragged->file, dimension->name, &item, &dataset);
    free(counter);
    TRY(status);
    CHECK_HDF5(H5DSset_scale(dataset, dimension->name), STATUS_ENVIRONMENT,
               "cannot make the scale %s", dimension->name);
    return attribute_put_label(dataset, "1", dimension->doc, "store");
}

static status_t attach_scale(const ragged_t *ragged, hid_t dataset, unsigned axis, int d) {
    char path[RECORD_PATH_MAX];
    const char *name = trial_dimensions[d].name;
    if (axis)
        snprintf(path, sizeof path, "%s", name);
    else
        name_scale(d, path);
    if (!dataset_exists(ragged->file, path)) return STATUS_OK;
    HELD(image_release) hid_t scale = H5Dopen2(ragged->file, path, H5P_DEFAULT);
    CHECK_HDF5(H5DSattach_scale(dataset, scale, axis), STATUS_ENVIRONMENT,
               "cannot attach the scale %s", name);
    CHECK_HDF5(H5DSset_label(dataset, axis, name), STATUS_ENVIRONMENT, "cannot name an axis %s",
               name);
    return STATUS_OK;
}

static status_t finish_array(const ragged_t *ragged, array_t *array, const schema_row_t *row) {
    if (!array->dataset) return STATUS_OK;
    TRY(flush(array));
    array->extent[0] = ragged->total[schema_axis(row, 0)];
    for (int axis = 1; axis < array->rank; axis++)
        array->extent[axis] = ragged->longest[schema_axis(row, axis)];
    TRY(extend(array));
    TRY(attribute_put_label(array->dataset, row->unit, row->doc, row->writer));
    if (array->type == RECORD_I64)
        TRY(attribute_put_integer(array->dataset, "_FillValue", INT64_MIN));
    for (int axis = 0; axis < array->rank; axis++)
        TRY(attach_scale(ragged, array->dataset, (unsigned)axis, schema_axis(row, axis)));
    return STATUS_OK;
}

status_t ragged_finish(ragged_t *ragged) {
    for (int d = 0; trial_dimensions[d].name; d++) {
        if (ragged->entries[d].dataset) TRY(flush(&ragged->entries[d]));
        TRY(put_columns(ragged, d));
        TRY(put_scale(ragged, d));
    }
    for (size_t i = 0; trial_schema[i].path; i++)
        TRY(finish_array(ragged, &ragged->arrays[i], &trial_schema[i]));
    return STATUS_OK;
}
