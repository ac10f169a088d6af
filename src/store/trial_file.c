#include "store/trial_file.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/build.h"
#include "base/clock.h"
#include "store/attribute.h"
#include "store/dataset.h"
#include "store/defaults.h"
#include "store/labels.h"
#include "store/schema.h"
#include "store/trial_tree.h"

/* The attributes of hdf5_schemas/attributes.def, as items. `created` also makes files differ that
 * hold the same: what was withdrawn does not count, and what is written in its place does. */
static void identify(const trial_t *trial, const char *state, record_t *identity) {
    char host[64] = "unknown", created[CLOCK_TEXT_MAX];
    gethostname(host, sizeof host - 1);
    clock_iso8601_micro(clock_unix(), created, sizeof created);
    record_put_text(identity, "@format", "koopsweep trial");
    record_put_i64(identity, "@version", TRIAL_VERSION);
    record_put_text(identity, "@id", trial->id);
    record_put_text(identity, "@sweep", trial->sweep);
    record_put_text(identity, "@arm", trial->arm);
    record_put_text(identity, "@pair", trial->pair);
    record_put_i64(identity, "@index", (int64_t)trial->index);
    record_put_i64(identity, "@seed", (int64_t)trial->seed); /* its bits */
    record_put_i64(identity, "@replica", trial->replica);
    record_put_text(identity, "@state", state);
    record_put_text(identity, "@program", build_version());
    record_put_text(identity, "@commit", build_commit());
    record_put_text(identity, "@hdf5", store_hdf5_version());
    record_put_text(identity, "@host", host);
    record_put_text(identity, "@created", created);
}

static status_t encode(const trial_t *trial, const char *state, const record_t *record,
                       bytes_t *file) {
    HELD(record_clear) record_t identity = {0};
    HELD(trial_tree_close) trial_tree_t tree = {0};
    HELD(plain_free) plain_t p = {0};
    identify(trial, state, &identity);
    TRY(trial_tree_open(&identity, trial->config, record, &tree));
    TRY(labels_pack(record, tree.extent, &tree.labels));
    uint64_t root = trial_tree_write(&tree, &p, PLAIN_HEAD, SEAL_SIZE + PLAIN_HEAD, 0);
    plain_superblock(p.out.at + SEAL_SIZE, SEAL_SIZE, root, p.out.size);
    *file = p.out; /* taken over */
    p.out = (bytes_t){0};
    return STATUS_OK;
}

status_t trial_encode(const trial_t *trial, const char *state, const record_t *record,
                      bytes_t *file) {
    TRY(encode(trial, state, record, file));
    seal_put(file, "trial", trial->id, state);
    return STATUS_OK;
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

/* --- files as they are written now --- */

/* What is looked for in a file, and where it goes. */
typedef struct look {
    bytes_t *image;
    plain_file_t file;
    int scalars_only, identity_only, everything; /* with attributes, labels, defaults */
    const char *const *paths;                    /* NULL: all rows of the schema */
    record_t *record;
} look_t;

static int is_plain(const bytes_t *image, plain_file_t *file) {
    return image->size > SEAL_SIZE &&
           plain_open(image->at + SEAL_SIZE, image->size - SEAL_SIZE, file);
}

static status_t take_data(const look_t *look, const char *path, const plain_data_t *data) {
    if (look->everything && strcmp(path, "labels") == 0)
        return labels_unpack(look->image, data, look->record);
    if (look->scalars_only && data->rank) return STATUS_OK;
    if (data->type != RECORD_TEXT) {
        record_put(look->record, path, data->type, data->rank, data->shape, data->at);
        return STATUS_OK;
    }
    CHECK(data->rank == 0 && data->at[data->size - 1] == '\0', STATUS_CORRUPT,
          "it is a type none of ours has");
    record_put_text(look->record, path, (const char *)data->at);
    return STATUS_OK;
}

static int is_looked_for(const look_t *look, const char *path) {
    return look->everything || (schema_find(path) && is_wanted(path, look->paths));
}

static status_t take_group(const look_t *look, const char *path, plain_object_t object);

static status_t take_object(const look_t *look, const char *path, uint64_t address) {
    int is_inner = strchr(path, '/') != NULL;
    plain_object_t object;
    plain_data_t data;
    if (is_inner && !is_looked_for(look, path)) return STATUS_OK;
    TRY(plain_find(&look->file, address, &object));
    TRY(plain_read_data(&look->file, object, &data));
    if (data.is_group && !is_inner) return take_group(look, path, object);
    CHECK(!data.is_group, STATUS_CORRUPT, "it is a group");
    return is_looked_for(look, path) ? take_data(look, path, &data) : STATUS_OK;
}

/* `path` is "" for the root. */
static status_t take_group(const look_t *look, const char *path, plain_object_t object) {
    plain_message_t message;
    char name[RECORD_PATH_MAX], inner[2 * RECORD_PATH_MAX];
    uint64_t address;
    while (plain_next(&object, &message)) {
        if (message.type == PLAIN_ATTRIBUTE && (look->everything || look->identity_only))
            TRY(plain_read_attribute(&look->file, &message, path, look->record));
        if (message.type != PLAIN_LINK || look->identity_only) continue;
        TRY(plain_read_link(&message, name, &address));
        int length = snprintf(inner, sizeof inner, "%s%s%s", path, *path ? "/" : "", name);
        CHECK(length + 32 < RECORD_PATH_MAX, STATUS_CORRUPT, "the name %s is too long", inner);
        status_t status = take_object(look, inner, address);
        if (status != STATUS_OK) return status_context(status, "%s", inner);
    }
    return STATUS_OK;
}

static status_t take_root(const look_t *look) {
    plain_object_t root;
    TRY(plain_find(&look->file, look->file.root, &root));
    return take_group(look, "", root);
}

/* --- and as older programs wrote them --- */

/* `paths` NULL: all rows. */
static status_t decode_rows(bytes_t *image, int scalars_only, const char *const *paths,
                            record_t *record) {
    look_t look = {.image = image, .scalars_only = scalars_only, .paths = paths, .record = record};
    if (is_plain(image, &look.file)) return take_root(&look);
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
    look_t look = {.image = image, .everything = 1, .record = all};
    if (is_plain(image, &look.file)) {
        TRY(take_root(&look));
        return defaults_read(all);
    }
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

static status_t decode_identity(bytes_t *image, record_t *identity) {
    look_t look = {.image = image, .identity_only = 1, .record = identity};
    if (is_plain(image, &look.file)) return take_root(&look);
    HELD(image_release) hid_t file = -1;
    TRY(image_open(image, &file));
    return attributes_get(file, "", identity);
}

status_t trial_decode_identity(bytes_t *file, record_t *identity) {
    *identity = (record_t){0};
    return empty_on_failure(decode_identity(file, identity), identity);
}
