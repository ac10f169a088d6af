#include "store/labels.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/checksum.h"
#include "base/memory.h"
#include "store/image.h"

enum { KEPT = 32, LEVEL = 9 };

/* Texts of one width, each padded with zeros. */
typedef struct lines {
    char *at;
    size_t rows, letters;
} lines_t;

/* Lines and their bytes in a file, the sum of Fletcher32 behind them. */
typedef struct pair {
    lines_t lines;  /* owned */
    uint64_t key;   /* of their content */
    bytes_t packed; /* owned */
} pair_t;

static pair_t kept[KEPT];
static size_t oldest;

/* Room for one more. */
static pair_t *take_oldest(void) {
    pair_t *pair = &kept[oldest++ % KEPT];
    free(pair->lines.at);
    bytes_free(&pair->packed);
    *pair = (pair_t){0};
    return pair;
}

static size_t size_of(const lines_t *lines) { return lines->rows * lines->letters; }

/* --- packing --- */

static hid_t text_type(const lines_t *lines) {
    hid_t type = H5Tcopy(H5T_C_S1);
    H5Tset_size(type, lines->letters);
    H5Tset_cset(type, H5T_CSET_UTF8);
    return type;
}

static hid_t make_dataset(hid_t file, const lines_t *lines, hid_t type) {
    const hsize_t shape = lines->rows;
    HELD(image_release) hid_t space = H5Screate_simple(1, &shape, NULL);
    HELD(image_release) hid_t list = H5Pcreate(H5P_DATASET_CREATE);
    H5Pset_chunk(list, 1, &shape);
    if (H5Zfilter_avail(H5Z_FILTER_DEFLATE) > 0) H5Pset_deflate(list, LEVEL);
    H5Pset_fletcher32(list);
    return H5Dcreate2(file, "labels", type, space, H5P_DEFAULT, list, H5P_DEFAULT);
}

/* HDF5 itself runs its filters here, over a file in memory that is thrown away. */
static status_t fetch_chunk(const lines_t *lines, hid_t file, bytes_t *packed) {
    const hsize_t first = 0;
    hsize_t size = 0;
    uint32_t mask = 0;
    HELD(image_release) hid_t type = text_type(lines);
    HELD(image_release) hid_t dataset = make_dataset(file, lines, type);
    CHECK_HDF5(dataset, STATUS_BUG, "cannot make labels");
    CHECK_HDF5(H5Dwrite(dataset, type, H5S_ALL, H5S_ALL, H5P_DEFAULT, lines->at), STATUS_BUG,
               "cannot write labels");
    CHECK_HDF5(H5Fflush(file, H5F_SCOPE_LOCAL), STATUS_BUG, "cannot write labels");
    CHECK_HDF5(H5Dget_chunk_storage_size(dataset, &first, &size), STATUS_BUG, "cannot pack labels");
    *packed = (bytes_t){memory_take(size, 1, "labels"), size};
    CHECK_HDF5(H5Dread_chunk(dataset, H5P_DEFAULT, &first, &mask, packed->at), STATUS_BUG,
               "cannot pack labels");
    CHECK(mask == 0, STATUS_BUG, "HDF5 left a filter out");
    return STATUS_OK;
}

static status_t pack(const lines_t *lines, bytes_t *packed) {
    HELD(bytes_free) bytes_t image = {0};
    HELD(image_release) hid_t file = -1; /* closed first: it writes there until then */
    TRY(image_begin(&image, &file));
    status_t status = fetch_chunk(lines, file, packed);
    if (status != STATUS_OK) bytes_free(packed);
    return status;
}

static int is_same(const lines_t *a, const lines_t *b) {
    return a->rows == b->rows && a->letters == b->letters && memcmp(a->at, b->at, size_of(a)) == 0;
}

/* Takes the lines over. */
static status_t find_or_pack(lines_t *lines, const pair_t **found) {
    uint64_t key = checksum_of(lines->at, size_of(lines));
    for (size_t i = 0; i < KEPT; i++) {
        if (kept[i].key != key || !kept[i].lines.at || !is_same(&kept[i].lines, lines)) continue;
        free(lines->at);
        *found = &kept[i];
        return STATUS_OK;
    }
    pair_t *pair = take_oldest();
    *pair = (pair_t){.lines = *lines, .key = key};
    *found = pair;
    return pack(lines, &pair->packed);
}

/* --- the lines --- */

/* Labels before their width is known. */
typedef struct draft {
    schema_row_t *rows; /* owned [count] */
    size_t count, letters;
} draft_t;

static void draft_free(draft_t *draft) { free(draft->rows); }

static void add(draft_t *draft, const schema_row_t *row) {
    size_t letters =
        strlen(row->path) + strlen(row->unit) + strlen(row->writer) + strlen(row->doc) + 4;
    if (letters > draft->letters) draft->letters = letters;
    draft->rows[draft->count++] = *row;
}

static void add_dimension(draft_t *draft, const dimension_row_t *dimension) {
    schema_row_t row = {.path = dimension->name, .unit = "1", .doc = dimension->doc};
    row.writer = "store";
    add(draft, &row);
}

static lines_t finish(const draft_t *draft) {
    lines_t lines = {NULL, draft->count, draft->letters};
    lines.at = memory_take(size_of(&lines) + 1, 1, "labels");
    for (size_t i = 0; i < draft->count; i++) {
        const schema_row_t *row = &draft->rows[i];
        snprintf(lines.at + i * lines.letters, lines.letters, "%s\t%s\t%s\t%s", row->unit,
                 row->writer, row->path, row->doc);
    }
    return lines;
}

static size_t schema_size(void) {
    size_t size = 0;
    while (trial_schema[size].path) size++;
    return size;
}

status_t labels_pack(const record_t *record, const size_t *extent, plain_chunk_t *chunk) {
    HELD(draft_free) draft_t draft = {0};
    const pair_t *pair;
    size_t most = (record ? record->count : schema_size()) + DIMENSION_MAX;
    draft.rows = memory_take(most, sizeof *draft.rows, "labels");
    for (size_t i = 0; record && i < record->count; i++)
        add(&draft, schema_find(record->items[i].path));
    for (const schema_row_t *row = trial_schema; !record && row->path; row++) add(&draft, row);
    for (int d = 0; trial_dimensions[d].name; d++)
        if (!*trial_dimensions[d].path && (!record || extent[d] != EXTENT_UNKNOWN))
            add_dimension(&draft, &trial_dimensions[d]);
    *chunk = (plain_chunk_t){0};
    if (!draft.count) return STATUS_OK;
    lines_t lines = finish(&draft);
    TRY(find_or_pack(&lines, &pair));
    *chunk = (plain_chunk_t){.size = pair->packed.size,
                             .is_deflated = H5Zfilter_avail(H5Z_FILTER_DEFLATE) > 0,
                             .rows = pair->lines.rows,
                             .letters = pair->lines.letters,
                             .borrowed = pair->packed.at};
    return STATUS_OK;
}

/* --- unpacking --- */

/* By HDF5: of a program whose labels were others. */
static status_t read_by_library(bytes_t *image, lines_t *lines) {
    HELD(image_release) hid_t file = -1;
    TRY(image_open(image, &file));
    HELD(image_release) hid_t dataset = H5Dopen2(file, "labels", H5P_DEFAULT);
    CHECK_HDF5(dataset, STATUS_CORRUPT, "cannot open it");
    HELD(image_release) hid_t type = text_type(lines);
    CHECK_HDF5(H5Dread(dataset, type, H5S_ALL, H5S_ALL, H5P_DEFAULT, lines->at), STATUS_CORRUPT,
               "cannot read it");
    for (size_t i = 1; i <= lines->rows; i++)
        lines->at[i * lines->letters - 1] = '\0'; /* it is there already, but do not trust */
    return STATUS_OK;
}

static const pair_t *find_packed(const plain_data_t *data) {
    for (size_t i = 0; i < KEPT; i++) {
        const bytes_t *packed = &kept[i].packed;
        if (packed->size == data->size + 4 && memcmp(packed->at, data->at, packed->size) == 0 &&
            data->shape[0] == kept[i].lines.rows && data->element == kept[i].lines.letters)
            return &kept[i];
    }
    return NULL;
}

static status_t read_new(bytes_t *image, const plain_data_t *data, const pair_t **found) {
    pair_t *pair = take_oldest();
    pair->lines = (lines_t){.rows = data->shape[0], .letters = data->element};
    pair->lines.at = memory_take(size_of(&pair->lines) + 1, 1, "labels");
    TRY(read_by_library(image, &pair->lines));
    pair->key = checksum_of(pair->lines.at, size_of(&pair->lines));
    pair->packed = (bytes_t){memory_take(data->size + 4, 1, "labels"), data->size + 4};
    memcpy(pair->packed.at, data->at, data->size + 4);
    *found = pair;
    return STATUS_OK;
}

/* Copies what stands before the next tab to text[0..size); returns where it goes on. */
static const char *take_part(const char *at, char *text, size_t size) {
    size_t length = strcspn(at, "\t");
    snprintf(text, size, "%.*s", (int)length, at);
    return at + length + (at[length] == '\t');
}

static status_t put_part(record_t *record, const char *path, const char *name, const char *text) {
    char whole[2 * RECORD_PATH_MAX];
    int size = snprintf(whole, sizeof whole, "%s@%s", path, name);
    CHECK(size < RECORD_PATH_MAX, STATUS_CORRUPT, "the name %s is too long", whole);
    record_put_text(record, whole, text);
    return STATUS_OK;
}

static status_t put_line(const char *line, record_t *record) {
    char unit[RECORD_PATH_MAX], writer[RECORD_PATH_MAX], path[RECORD_PATH_MAX];
    const char *doc = take_part(line, unit, sizeof unit);
    doc = take_part(doc, writer, sizeof writer);
    doc = take_part(doc, path, sizeof path);
    TRY(put_part(record, path, "unit", unit));
    TRY(put_part(record, path, "writer", writer));
    return put_part(record, path, "long_name", doc);
}

status_t labels_unpack(bytes_t *image, const plain_data_t *data, record_t *record) {
    enum { ROWS_MAX = 1 << 16, LETTERS_MAX = 1 << 12 };
    const pair_t *pair = find_packed(data);
    CHECK(data->type == RECORD_TEXT && data->rank == 1 && data->is_filtered &&
              data->shape[0] <= ROWS_MAX && data->element <= LETTERS_MAX,
          STATUS_CORRUPT, "it is no list of texts");
    if (!pair) TRY(read_new(image, data, &pair));
    for (size_t i = 0; i < pair->lines.rows; i++)
        TRY(put_line(pair->lines.at + i * pair->lines.letters, record));
    return STATUS_OK;
}
