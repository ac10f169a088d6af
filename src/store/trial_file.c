#include "store/trial_file.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/build.h"
#include "base/clock.h"
#include "store/attribute.h"
#include "store/dataset.h"
#include "store/lines.h"
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

/* Links and attributes of groups stay compact: under the header's checksum. */
static hid_t group_list(void) {
    enum { MANY = 4096 };
    static hid_t list = -1;
    if (list < 0) {
        list = H5Pcreate(H5P_GROUP_CREATE);
        H5Pset_attr_phase_change(list, MANY, 0);
        H5Pset_link_phase_change(list, MANY, 0);
    }
    return list;
}

static status_t make_group(hid_t place, const char *name, hid_t *group) {
    *group = H5Gcreate2(place, name, H5P_DEFAULT, group_list(), H5P_DEFAULT);
    CHECK_HDF5(*group, STATUS_BUG, "cannot make the group %s", name);
    return STATUS_OK;
}

/* Options at their defaults are lines, the others attributes. */
static status_t put_config(hid_t file, const config_t *config) {
    HELD(image_release) hid_t group = -1;
    TRY(make_group(file, "config", &group));
    for (size_t i = 0; config_key(config, i); i++) {
        const char *key = config_key(config, i);
        if (config_is_absent_at(config, i) || config_is_default_at(config, i)) continue;
        if (config_is_number_at(config, i))
            TRY(attribute_put_number(group, key, config_number(config, key)));
        else
            TRY(attribute_put_text(group, key, config_text_at(config, i)));
    }
    return defaults_put(group, config);
}

/* The groups of a record, each opened once. */
enum { GROUPS_MAX = 32 };
typedef struct groups {
    hid_t file; /* borrowed */
    char name[GROUPS_MAX][RECORD_PATH_MAX];
    hid_t id[GROUPS_MAX]; /* owned [count] */
    int count;
} groups_t;

static void groups_release(groups_t *groups) {
    for (int i = 0; i < groups->count; i++) image_release(&groups->id[i]);
}

/* "rksp" of "rksp/rho"; `name`: "rho". */
static status_t find_group(groups_t *groups, const char *path, hid_t *group, const char **name) {
    size_t length = strcspn(path, "/");
    *name = path + length + 1;
    int i = 0;
    while (i < groups->count &&
           (strncmp(groups->name[i], path, length) != 0 || groups->name[i][length]))
        i++;
    if (i == groups->count) {
        CHECK(i < GROUPS_MAX && path[length], STATUS_BUG, "%s: raise GROUPS_MAX", path);
        memcpy(groups->name[i], path, length);
        groups->name[i][length] = '\0';
        TRY(make_group(groups->file, groups->name[i], &groups->id[i]));
        groups->count++;
    }
    *group = groups->id[i];
    return STATUS_OK;
}

static status_t put_scalar(hid_t group, const char *name, const record_item_t *item) {
    if (item->type == RECORD_TEXT) return attribute_put_text(group, name, item->data);
    if (item->type == RECORD_F64)
        return attribute_put_number(group, name, *(const double *)item->data);
    CHECK(item->type == RECORD_I64, STATUS_BUG, "%s: a scalar is float64, int64 or text",
          item->path);
    return attribute_put_integer(group, name, *(const int64_t *)item->data);
}

static status_t put_item(groups_t *groups, const record_item_t *item) {
    hid_t group = -1;
    const char *name = NULL;
    HELD(image_release) hid_t dataset = -1;
    TRY(find_group(groups, item->path, &group, &name));
    return item->rank ? dataset_put(group, name, item, &dataset) : put_scalar(group, name, item);
}

static status_t put_record(hid_t file, const record_t *record) {
    size_t extent[DIMENSION_MAX];
    HELD(groups_release) groups_t groups = {.file = file};
    TRY(schema_check(record, STATUS_BUG, extent));
    for (size_t i = 0; i < record->count; i++) TRY(put_item(&groups, &record->items[i]));
    return labels_put(file, record);
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
