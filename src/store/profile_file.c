/* profile_file.c: a profile of a trained network as one sealed HDF5 file
 * (hdf5_schemas/profile.def).
 */
#include <hdf5_hl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/build.h"
#include "base/clock.h"
#include "store/attribute.h"
#include "store/dataset.h"
#include "store/schema.h"
#include "store/seal.h"
#include "store/store.h"

#define SCHEMA(path, type, shape, unit, writer, doc)                                               \
    {path, RECORD_##type, shape, unit, writer, doc},
const schema_row_t profile_schema[] = {
#include "hdf5_schemas/profile.def"
    {0}};

static const char kind[] = "profile";

static const schema_row_t *find(const char *path) {
    const schema_row_t *row = profile_schema;
    while (row->path && strcmp(row->path, path) != 0) row++;
    return row->path ? row : NULL;
}

/* --- does a record fit the schema? --- */

enum { AXES_MAX = 8, AXIS_NAME_MAX = 16 };

typedef struct axes {
    char name[AXES_MAX][AXIS_NAME_MAX];
    size_t length[AXES_MAX];
    int count;
} axes_t;

/* Name of the axis that begins at `at` in "[profile,mode]"; returns where the next one does. */
static const char *axis_name(const char *at, char name[AXIS_NAME_MAX]) {
    size_t length = strcspn(at, ",]");
    snprintf(name, AXIS_NAME_MAX, "%.*s", (int)length, at);
    return at[length] == ',' ? at + length + 1 : NULL;
}

/* Where the first one begins; NULL: a scalar. */
static const char *first_axis(const schema_row_t *row) {
    return *row->shape ? row->shape + 1 : NULL;
}

/* One length for all items that have the axis. */
static int is_of_length(axes_t *axes, const char *name, size_t length) {
    int i = 0;
    while (i < axes->count && strcmp(axes->name[i], name) != 0) i++;
    if (i == axes->count) {
        snprintf(axes->name[i], AXIS_NAME_MAX, "%s", name);
        axes->length[axes->count++] = length;
    }
    return axes->length[i] == length;
}

static status_t check_item(const record_item_t *item, status_t code, axes_t *axes) {
    char name[AXIS_NAME_MAX];
    const schema_row_t *row = find(item->path);
    CHECK(row && item->type == row->type, code, "%s is not as hdf5_schemas/profile.def has it",
          item->path);
    const char *at = first_axis(row);
    for (int axis = 0; axis < item->rank; axis++) {
        CHECK(at, code, "%s has more axes than %s", item->path, row->shape);
        at = axis_name(at, name);
        CHECK(is_of_length(axes, name, item->shape[axis]), code,
              "%s has %zu entries along axis %s, others have another number", item->path,
              item->shape[axis], name);
    }
    CHECK(!at, code, "%s has fewer axes than %s", item->path, row->shape);
    return STATUS_OK;
}

/* All rows of the schema are there, as they should be. */
static status_t check(const record_t *record, status_t code) {
    axes_t axes = {0};
    for (size_t i = 0; i < record->count; i++) TRY(check_item(&record->items[i], code, &axes));
    for (const schema_row_t *row = profile_schema; row->path; row++)
        CHECK(record_find(record, row->path), code, "it has no %s", row->path);
    return STATUS_OK;
}

/* --- writing --- */

static status_t put_identity(hid_t file) {
    char host[64] = "unknown", created[CLOCK_TEXT_MAX];
    gethostname(host, sizeof host - 1);
    clock_iso8601_micro(clock_unix(), created, sizeof created);
    TRY(attribute_put_text(file, "format", "koopsweep profile"));
    TRY(attribute_put_integer(file, "version", LAYOUT_VERSION));
    TRY(attribute_put_text(file, "program", build_version()));
    TRY(attribute_put_text(file, "commit", build_commit()));
    TRY(attribute_put_text(file, "host", host));
    return attribute_put_text(file, "created", created);
}

static status_t put_item(hid_t file, const record_item_t *item) {
    char name[AXIS_NAME_MAX];
    HELD(image_release) hid_t dataset = -1;
    const schema_row_t *row = find(item->path);
    TRY(dataset_put(file, item->path, item, &dataset));
    const char *at = first_axis(row);
    for (int axis = 0; axis < item->rank; axis++) {
        at = axis_name(at, name);
        CHECK_HDF5(H5DSset_label(dataset, (unsigned)axis, name), STATUS_BUG,
                   "cannot name axis %d of %s", axis, item->path);
    }
    return attribute_put_label(dataset, row->unit, row->doc, row->writer);
}

static status_t encode(const record_t *record, bytes_t *image) {
    HELD(image_release) hid_t file = -1;
    TRY(image_begin(image, &file));
    TRY(put_identity(file));
    for (size_t i = 0; i < record->count; i++) TRY(put_item(file, &record->items[i]));
    return image_end(&file, image);
}

status_t store_write_profile(const char *path, const record_t *record) {
    bytes_t image = {0};
    TRY(check(record, STATUS_BUG));
    status_t status = encode(record, &image);
    if (status == STATUS_OK) {
        seal_put(&image, kind, "network", "-");
        status = disk_replace(path, &image);
    }
    bytes_free(&image);
    return status;
}

/* --- reading --- */

static status_t decode(bytes_t *image, record_t *record) {
    HELD(image_release) hid_t file = -1;
    TRY(image_open(image, &file));
    for (const schema_row_t *row = profile_schema; row->path; row++)
        if (dataset_exists(file, row->path)) TRY(dataset_get(file, row->path, record));
    return check(record, STATUS_CORRUPT);
}

static status_t read_checked(const char *path, bytes_t *image, record_t *record) {
    seal_t seal;
    TRY(disk_read(path, image));
    TRY(seal_check(image, kind, &seal));
    return decode(image, record);
}

status_t store_read_profile(const char *path, record_t *record) {
    bytes_t image = {0};
    *record = (record_t){0};
    status_t status = read_checked(path, &image, record);
    if (status != STATUS_OK) {
        status_context(status, "%s", path);
        record_clear(record);
    }
    bytes_free(&image);
    return status;
}
