#include "store/schema.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"

#define SCHEMA(path, type, shape, unit, writer, doc)                                               \
    {path, RECORD_##type, shape, unit, writer, doc},
const schema_row_t trial_schema[] = {
#include "hdf5_schemas/trial.def"
    {0}};
const schema_row_t index_schema[] = {
#include "hdf5_schemas/sweep.def"
    {0}};

#define DIMENSION(name, path, length, doc) {name, path, length, doc},
const dimension_row_t trial_dimensions[] = {
#include "hdf5_schemas/dimensions.def"
    {0}};
_Static_assert(sizeof trial_dimensions / sizeof *trial_dimensions <= DIMENSION_MAX,
               "raise DIMENSION_MAX");

#define ATTRIBUTE(name, type, doc) {name, RECORD_##type, doc},
const attribute_row_t trial_attributes[] = {
#include "hdf5_schemas/attributes.def"
    {0}};

/* The rows by their paths. */
enum { ROWS = sizeof trial_schema / sizeof *trial_schema - 1 };
static const schema_row_t *sorted[ROWS];

static int compare_rows(const void *a, const void *b) {
    return strcmp((*(const schema_row_t *const *)a)->path, (*(const schema_row_t *const *)b)->path);
}

static void sort_rows(void) {
    for (size_t i = 0; i < ROWS; i++) sorted[i] = &trial_schema[i];
    qsort(sorted, ROWS, sizeof *sorted, compare_rows);
}

const schema_row_t *schema_find(const char *path) {
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    pthread_once(&once, sort_rows);
    const schema_row_t key = {.path = path}, *wanted = &key;
    const schema_row_t **row = bsearch(&wanted, sorted, ROWS, sizeof *sorted, compare_rows);
    return row ? *row : NULL;
}

int schema_is_counter(const char *path) {
    for (const dimension_row_t *row = trial_dimensions; row->name; row++)
        if (!*row->path && strcmp(row->name, path) == 0) return 1;
    return 0;
}

/* Number of axes of a row; 0 = scalar. */
static int rank_of(const schema_row_t *row) {
    int rank = *row->shape != '\0';
    for (const char *c = row->shape; *c; c++) rank += *c == ',';
    return rank;
}

int schema_axis(const schema_row_t *row, int axis) {
    const char *name = row->shape + 1; /* in "[probe,layer,part]" */
    for (; axis > 0; axis--) name = strchr(name, ',') + 1;
    size_t length = strcspn(name, ",]");
    for (int d = 0; trial_dimensions[d].name; d++) {
        const char *known = trial_dimensions[d].name;
        if (strlen(known) == length && strncmp(known, name, length) == 0) return d;
    }
    log_error("hdf5_schemas/trial.def: %s has an axis that is not in dimensions.def", row->path);
    abort();
}

const char *schema_type_name(record_type_t type) {
    static const char *const names[] = {[RECORD_F64] = "float64",
                                        [RECORD_F32] = "float32",
                                        [RECORD_I64] = "int64",
                                        [RECORD_I32] = "int32",
                                        [RECORD_TEXT] = "text"};
    return names[type];
}

static status_t check_axis(const record_item_t *item, const schema_row_t *row, int axis,
                           status_t code, size_t extent[DIMENSION_MAX]) {
    int d = schema_axis(row, axis);
    size_t own = trial_dimensions[d].length, found = item->shape[axis];
    if (extent[d] == EXTENT_UNKNOWN) extent[d] = own ? own : found;
    CHECK(found == extent[d], code, "%s %s has %zu entries along axis %d where %zu are expected",
          item->path, row->shape, found, axis, extent[d]);
    return STATUS_OK;
}

static status_t check_item(const record_item_t *item, status_t code, size_t extent[DIMENSION_MAX]) {
    const schema_row_t *row = schema_find(item->path);
    CHECK(row, code, "%s is not in hdf5_schemas/trial.def", item->path);
    CHECK(item->type == row->type, code, "%s is %s where hdf5_schemas/trial.def says %s",
          item->path, schema_type_name(item->type), schema_type_name(row->type));
    CHECK(item->rank == rank_of(row), code,
          "%s has %d axes where hdf5_schemas/trial.def says \"%s\"", item->path, item->rank,
          row->shape);
    for (int axis = 0; axis < item->rank; axis++) TRY(check_axis(item, row, axis, code, extent));
    return STATUS_OK;
}

status_t schema_check(const record_t *record, status_t code, size_t extent[DIMENSION_MAX]) {
    for (int d = 0; d < DIMENSION_MAX; d++) extent[d] = EXTENT_UNKNOWN;
    for (size_t i = 0; i < record->count; i++)
        if (!schema_is_counter(record->items[i].path))
            TRY(check_item(&record->items[i], code, extent));
    for (int d = 0; trial_dimensions[d].name; d++) {
        const dimension_row_t *dimension = &trial_dimensions[d];
        if (extent[d] == EXTENT_UNKNOWN || !*dimension->path) continue;
        CHECK(record_find(record, dimension->path), code,
              "there is data over dimension %s, but not its coordinates %s", dimension->name,
              dimension->path);
    }
    return STATUS_OK;
}
