#include "store/trial_file.h"

#include <hdf5_hl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/build.h"
#include "base/clock.h"
#include "store/attribute.h"
#include "store/dataset.h"
#include "store/schema.h"

/* The attributes of hdf5_schemas/attributes.def. `created` also makes files differ that hold the
 * same: what was withdrawn does not count, and what is written in its place does. */
static status_t put_identity(hid_t file, const trial_t *trial, const char *state) {
    char host[64] = "unknown", created[CLOCK_TEXT_MAX];
    gethostname(host, sizeof host - 1);
    clock_iso8601_micro(clock_unix(), created, sizeof created);
    TRY(attribute_put_text(file, "format", "koopsweep trial"));
    TRY(attribute_put_integer(file, "version", LAYOUT_VERSION));
    TRY(attribute_put_text(file, "id", trial->id));
    TRY(attribute_put_text(file, "sweep", trial->sweep));
    TRY(attribute_put_text(file, "arm", trial->arm));
    TRY(attribute_put_text(file, "pair", trial->pair));
    TRY(attribute_put_integer(file, "index", (int64_t)trial->index));
    TRY(attribute_put_unsigned(file, "seed", trial->seed));
    TRY(attribute_put_integer(file, "replica", trial->replica));
    TRY(attribute_put_text(file, "state", state));
    TRY(attribute_put_text(file, "program", build_version()));
    TRY(attribute_put_text(file, "commit", build_commit()));
    TRY(attribute_put_text(file, "hdf5", store_hdf5_version()));
    TRY(attribute_put_text(file, "host", host));
    return attribute_put_text(file, "created", created);
}

static hid_t create_group(hid_t file, const char *name) {
    HELD(image_release) hid_t creation = H5Pcreate(H5P_GROUP_CREATE);
    H5Pset_attr_phase_change(creation, 4096, 0); /* compact: under the header's checksum */
    return H5Gcreate2(file, name, H5P_DEFAULT, creation, H5P_DEFAULT);
}

static status_t put_config(hid_t file, const config_t *config) {
    HELD(image_release) hid_t group = create_group(file, "config");
    CHECK_HDF5(group, STATUS_BUG, "cannot make the group config");
    for (size_t i = 0; config_key(config, i); i++) {
        const char *key = config_key(config, i);
        if (config_is_absent_at(config, i)) continue;
        if (config_is_number_at(config, i))
            TRY(attribute_put_number(group, key, config_number(config, key)));
        else
            TRY(attribute_put_text(group, key, config_text_at(config, i)));
    }
    return STATUS_OK;
}

static status_t put_labelled(hid_t file, const record_item_t *item, const schema_row_t *row) {
    HELD(image_release) hid_t dataset = -1;
    TRY(dataset_put(file, item, &dataset));
    return attribute_put_label(dataset, row->unit, row->doc, row->writer);
}

/* Coordinates 0 .. n-1 of a dimension that has none of its own. */
static status_t put_counter(hid_t file, const dimension_row_t *dimension, size_t n) {
    int64_t *counter = calloc(n + 1, sizeof *counter);
    CHECK(counter, STATUS_ENVIRONMENT, "out of memory for the dimension %s", dimension->name);
    for (size_t i = 0; i < n; i++) counter[i] = (int64_t)i;
    record_item_t item = {.type = RECORD_I64, .rank = 1, .shape = {n}, .data = counter};
    snprintf(item.path, sizeof item.path, "%s", dimension->name);
    schema_row_t row = {.unit = "1", .doc = dimension->doc, .writer = "store"};
    status_t status = put_labelled(file, &item, &row);
    free(counter);
    return status;
}

static const char *scale_path(const dimension_row_t *dimension) {
    return *dimension->path ? dimension->path : dimension->name;
}

static status_t make_scales(hid_t file, const size_t extent[DIMENSION_MAX]) {
    for (int d = 0; trial_dimensions[d].name; d++) {
        const dimension_row_t *dimension = &trial_dimensions[d];
        if (extent[d] == EXTENT_UNKNOWN) continue;
        if (!*dimension->path) TRY(put_counter(file, dimension, extent[d]));
        HELD(image_release) hid_t scale = H5Dopen2(file, scale_path(dimension), H5P_DEFAULT);
        CHECK_HDF5(H5DSset_scale(scale, dimension->name), STATUS_BUG, "cannot make the scale %s",
                   dimension->name);
    }
    return STATUS_OK;
}

static status_t attach_scales(hid_t file, const record_item_t *item, const schema_row_t *row) {
    HELD(image_release) hid_t dataset = H5Dopen2(file, item->path, H5P_DEFAULT);
    for (int axis = 0; axis < item->rank; axis++) {
        int d = schema_axis(row, axis);
        if (strcmp(trial_dimensions[d].path, item->path) == 0) continue;
        const char *name = trial_dimensions[d].name;
        HELD(image_release)
        hid_t scale = H5Dopen2(file, scale_path(&trial_dimensions[d]), H5P_DEFAULT);
        CHECK_HDF5(H5DSattach_scale(dataset, scale, (unsigned)axis), STATUS_BUG,
                   "cannot attach the scale %s to %s", name, item->path);
        CHECK_HDF5(H5DSset_label(dataset, (unsigned)axis, name), STATUS_BUG,
                   "cannot name axis %d of %s", axis, item->path);
    }
    return STATUS_OK;
}

static status_t put_record(hid_t file, const record_t *record) {
    size_t extent[DIMENSION_MAX];
    TRY(schema_check(record, STATUS_BUG, extent));
    for (size_t i = 0; i < record->count; i++)
        TRY(put_labelled(file, &record->items[i], schema_find(record->items[i].path)));
    TRY(make_scales(file, extent));
    for (size_t i = 0; i < record->count; i++)
        TRY(attach_scales(file, &record->items[i], schema_find(record->items[i].path)));
    return STATUS_OK;
}

static status_t encode(const trial_t *trial, const char *state, const record_t *record,
                       bytes_t *image) {
    HELD(image_release) hid_t file = -1;
    TRY(image_begin(image, &file));
    TRY(put_identity(file, trial, state));
    TRY(put_config(file, trial->config));
    TRY(put_record(file, record));
    return image_end(&file, image);
}

status_t trial_encode(const trial_t *trial, const char *state, const record_t *record,
                      bytes_t *file) {
    status_t status = encode(trial, state, record, file);
    if (status != STATUS_OK)
        bytes_free(file); /* only now: HDF5 wrote there until it closed the file */
    else
        seal_put(file, "trial", trial->id, state);
    return status;
}

const trial_t *trial_of_file(const plan_t *plan, const char *name) {
    char id[TRIAL_ID_LENGTH + 1];
    if (strlen(name) != TRIAL_ID_LENGTH + 3 || strcmp(name + TRIAL_ID_LENGTH, ".h5") != 0)
        return NULL;
    memcpy(id, name, TRIAL_ID_LENGTH);
    id[TRIAL_ID_LENGTH] = '\0';
    return plan_find(plan, id);
}

status_t trial_read_file(const char *path, const char *id, bytes_t *file, seal_t *seal) {
    TRY(disk_read(path, file));
    status_t status = seal_check(file, "trial", seal);
    if (status != STATUS_OK) return status_context(status, "%s", path);
    CHECK(strcmp(seal->name, id) == 0, STATUS_CORRUPT, "%s: it is the file of trial %s", path,
          seal->name);
    return STATUS_OK;
}

status_t trial_glance(const char *path, const char *id, seal_t *seal, disk_about_t *about) {
    unsigned char head[SEAL_SIZE];
    TRY(disk_look(path, head, sizeof head, about));
    TRY(seal_parse(head, seal));
    CHECK(strcmp(seal->kind, "trial") == 0 && strcmp(seal->name, id) == 0, STATUS_CORRUPT,
          "it is the file of %s %s", seal->kind, seal->name);
    CHECK(seal->size == about->size, STATUS_CORRUPT, "it has %zu bytes where %zu were written",
          about->size, seal->size);
    return STATUS_OK;
}

static int is_wanted(const char *path, const char *const *paths) {
    if (!paths) return 1;
    while (*paths && strcmp(*paths, path) != 0) paths++;
    return *paths != NULL;
}

/* `paths` NULL: all rows. */
static status_t decode_rows(bytes_t *image, int scalars_only, const char *const *paths,
                            record_t *record) {
    HELD(image_release) hid_t file = -1;
    TRY(image_open(image, &file));
    for (const schema_row_t *row = trial_schema; row->path; row++)
        if (!(scalars_only && *row->shape) && is_wanted(row->path, paths) &&
            dataset_exists(file, row->path))
            TRY(dataset_get(file, row->path, record));
    return STATUS_OK;
}

static status_t empty_on_failure(status_t status, record_t *record) {
    if (status != STATUS_OK) record_clear(record);
    return status;
}

status_t trial_decode(bytes_t *file, const char *const *paths, record_t *record) {
    *record = (record_t){0};
    return empty_on_failure(decode_rows(file, 0, paths, record), record);
}

status_t trial_decode_scalars(bytes_t *file, record_t *record) {
    *record = (record_t){0};
    return empty_on_failure(decode_rows(file, 1, NULL, record), record);
}

struct walk {
    hid_t file;
    record_t *all;
    status_t status;
};

static status_t decode_object(hid_t file, const char *path, H5O_type_t type, record_t *all) {
    if (strcmp(path, ".") == 0) return attributes_get(file, "", all);
    CHECK(strlen(path) + 32 < RECORD_PATH_MAX, STATUS_CORRUPT, "the name %s is too long", path);
    if (type == H5O_TYPE_DATASET) TRY(dataset_get(file, path, all));
    HELD(image_release) hid_t object = H5Oopen(file, path, H5P_DEFAULT);
    CHECK_HDF5(object, STATUS_CORRUPT, "cannot open %s", path);
    return attributes_get(object, path, all);
}

static herr_t visit_object(hid_t group, const char *path, const H5O_info_t *info, void *context) {
    (void)group;
    struct walk *walk = context;
    walk->status = decode_object(walk->file, path, info->type, walk->all);
    return walk->status == STATUS_OK ? 0 : -1;
}

static status_t decode_all(bytes_t *image, record_t *all) {
    HELD(image_release) hid_t file = -1;
    TRY(image_open(image, &file));
    struct walk walk = {file, all, STATUS_OK};
    herr_t result = H5Ovisit(file, H5_INDEX_NAME, H5_ITER_INC, visit_object, &walk);
    if (walk.status != STATUS_OK) return walk.status;
    CHECK_HDF5(result, STATUS_CORRUPT, "cannot list what it holds");
    return STATUS_OK;
}

status_t trial_decode_all(bytes_t *file, record_t *all) {
    *all = (record_t){0};
    return empty_on_failure(decode_all(file, all), all);
}

/* The attributes of the root group: items "@name". */
static status_t copy_identity(const record_t *all, hid_t group) {
    for (size_t i = 0; i < all->count; i++) {
        const record_item_t *item = &all->items[i];
        if (item->path[0] != '@') continue;
        const char *name = item->path + 1;
        if (item->type == RECORD_TEXT)
            TRY(attribute_put_text(group, name, item->data));
        else if (strcmp(name, "seed") == 0)
            TRY(attribute_put_unsigned(group, name, *(const uint64_t *)item->data));
        else
            TRY(attribute_put_integer(group, name, *(const int64_t *)item->data));
    }
    return STATUS_OK;
}

status_t trial_copy(bytes_t *image, const trial_t *trial, hid_t file, const char *path) {
    HELD(record_clear) record_t all = {0}, record = {0};
    TRY(trial_decode_all(image, &all));
    TRY(trial_decode(image, NULL, &record));
    HELD(image_release) hid_t group = create_group(file, path);
    CHECK_HDF5(group, STATUS_ENVIRONMENT, "cannot make the group %s", path);
    TRY(copy_identity(&all, group));
    TRY(put_config(group, trial->config));
    return put_record(group, &record);
}
