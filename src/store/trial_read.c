/* trial_read.c: what a trial's file holds, in layout 2 or 1.
 *
 * Layout 1 had a data set for every scalar, labels and scales on every data set, and all options as
 * attributes. Both are read alike: groups, data sets and attributes as they come. */
#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "store/attribute.h"
#include "store/dataset.h"
#include "store/lines.h"
#include "store/schema.h"
#include "store/trial_file.h"

typedef struct reader {
    record_t *items;            /* receives data                                */
    record_t *about;            /* the rest; NULL: not asked for                */
    const char *const *paths;   /* of the items wanted, NULL-terminated; NULL: all */
    int scalars_only, is_brief; /* brief: about the trial, not its options and labels */
    int64_t layout;
} reader_t;

static int is_wanted(const void *context, const char *path) {
    const reader_t *reader = context;
    const char *const *wanted = reader->paths;
    if (reader->about) return 1;
    const schema_row_t *row = schema_find(path);
    if (!row || (reader->scalars_only && *row->shape)) return 0;
    while (wanted && *wanted && strcmp(*wanted, path) != 0) wanted++;
    return !wanted || *wanted;
}

/* Is any item wanted in the group, or is it itself? */
static int has_wanted(const reader_t *reader, const char *group) {
    size_t length = strlen(group);
    const char *const *wanted = reader->paths;
    if (!wanted) return 1;
    while (*wanted && (strncmp(*wanted, group, length) != 0 || (*wanted)[length] != '/')) wanted++;
    return *wanted != NULL;
}

/* Lines, or data; in layout 1 with labels of its own. */
static status_t read_dataset(reader_t *reader, hid_t dataset, const char *path) {
    char prefix[RECORD_PATH_MAX + 1];
    int has_lines = reader->layout > 1, is_full = reader->about && !reader->is_brief;
    if (has_lines && strcmp(path, "labels") == 0)
        return is_full ? labels_read(dataset, reader->about) : STATUS_OK;
    if (has_lines && strcmp(path, "config/defaults") == 0)
        return defaults_read(dataset, reader->about);
    TRY(dataset_read(dataset, path, reader->items));
    if (has_lines || !is_full) return STATUS_OK;
    snprintf(prefix, sizeof prefix, "%s@", path);
    return attributes_get(dataset, prefix, NULL, NULL, reader->about);
}

/* A group being listed. */
typedef struct listing {
    reader_t *reader;
    const char *prefix; /* "rksp/" */
    status_t status;
} listing_t;

static status_t read_group(reader_t *reader, hid_t group, const char *prefix);

/* Groups hold data sets and no groups. */
static status_t read_object(reader_t *reader, hid_t group, const char *name, const char *prefix) {
    char path[RECORD_PATH_MAX];
    size_t length = text_concat(path, sizeof path, prefix, name);
    CHECK(length + 32 < RECORD_PATH_MAX, STATUS_CORRUPT, "the name %s%s is too long", prefix, name);
    if (!(*prefix ? is_wanted(reader, path) : has_wanted(reader, path))) return STATUS_OK;
    HELD(image_release)
    hid_t object = *prefix ? H5Dopen2(group, name, H5P_DEFAULT) : H5Oopen(group, name, H5P_DEFAULT);
    CHECK_HDF5(object, STATUS_CORRUPT, "cannot open %s", path);
    if (H5Iget_type(object) == H5I_DATASET && !*prefix && !reader->about) return STATUS_OK;
    if (H5Iget_type(object) == H5I_DATASET) return read_dataset(reader, object, path);
    CHECK(H5Iget_type(object) == H5I_GROUP, STATUS_CORRUPT, "%s is neither group nor data", path);
    strcpy(path + length, "/");
    return read_group(reader, object, path);
}

static herr_t visit_link(hid_t group, const char *name, const H5L_info_t *info, void *context) {
    (void)info;
    listing_t *listing = context;
    listing->status = read_object(listing->reader, group, name, listing->prefix);
    return listing->status == STATUS_OK ? 0 : -1;
}

static status_t read_links(reader_t *reader, hid_t group, const char *prefix) {
    listing_t listing = {reader, prefix, STATUS_OK};
    herr_t result = H5Literate(group, H5_INDEX_NAME, H5_ITER_NATIVE, NULL, visit_link, &listing);
    if (listing.status != STATUS_OK) return listing.status;
    CHECK_HDF5(result, STATUS_CORRUPT, "cannot list what %s holds", *prefix ? prefix : "it");
    return STATUS_OK;
}

/* Options, or scalars of layout 2. A group is left unlisted when only they are wanted. */
static status_t read_group(reader_t *reader, hid_t group, const char *prefix) {
    int is_config = strcmp(prefix, "config/") == 0;
    if (is_config && (!reader->about || reader->is_brief)) return STATUS_OK;
    if (is_config)
        TRY(attributes_get(group, "config@", NULL, NULL, reader->about));
    else if (reader->layout > 1)
        TRY(attributes_get(group, prefix, is_wanted, reader, reader->items));
    if (reader->layout > 1 && reader->scalars_only) return STATUS_OK;
    return read_links(reader, group, prefix);
}

static status_t read_file(bytes_t *image, reader_t *reader) {
    HELD(image_release) hid_t file = -1;
    TRY(image_open(image, &file));
    HELD(image_release) hid_t root = H5Gopen2(file, "/", H5P_DEFAULT);
    CHECK_HDF5(root, STATUS_CORRUPT, "HDF5 cannot read it");
    TRY(attribute_get_integer(root, "version", &reader->layout));
    CHECK(reader->layout >= LAYOUT_OLDEST && reader->layout <= LAYOUT_VERSION, STATUS_CORRUPT,
          "it has layout %ld; this koopsweep reads layouts %d to %d", (long)reader->layout,
          LAYOUT_OLDEST, LAYOUT_VERSION);
    if (reader->about) TRY(attributes_get(root, "@", NULL, NULL, reader->about));
    return read_links(reader, root, "");
}

static status_t decode(bytes_t *image, reader_t reader) {
    *reader.items = (record_t){0};
    if (reader.about) *reader.about = (record_t){0};
    status_t status = read_file(image, &reader);
    if (status == STATUS_OK) return STATUS_OK;
    record_clear(reader.items);
    if (reader.about) record_clear(reader.about);
    return status;
}

status_t trial_decode(bytes_t *file, const char *const *paths, record_t *record) {
    return decode(file, (reader_t){.items = record, .paths = paths});
}

status_t trial_decode_scalars(bytes_t *file, record_t *record) {
    return decode(file, (reader_t){.items = record, .scalars_only = 1});
}

status_t trial_decode_brief(bytes_t *file, record_t *items, record_t *about) {
    return decode(file, (reader_t){.items = items, .about = about, .is_brief = 1});
}

status_t trial_decode_all(bytes_t *file, record_t *items, record_t *about) {
    return decode(file, (reader_t){.items = items, .about = about});
}
