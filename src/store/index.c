#include "store/index.h"

#include <hdf5_hl.h>
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/build.h"
#include "base/text.h"
#include "store/attribute.h"
#include "store/dataset.h"
#include "store/schema.h"
#include "store/seal.h"

enum { DIGITS = 16 };
static const double EXACT_MAX = 0x1p53; /* up to here a double is the very integer it stands for */

/* The name in the seal: which trials the plan has, in which order. */
static status_t plan_hash(const plan_t *plan, char hash[DIGITS + 1]) {
    size_t count = plan_count(plan);
    char *ids = malloc(count * TRIAL_ID_LENGTH + 1);
    CHECK(ids, STATUS_ENVIRONMENT, "out of memory for %zu trials", count);
    for (size_t i = 0; i < count; i++)
        memcpy(ids + i * TRIAL_ID_LENGTH, plan_trial(plan, i)->id, TRIAL_ID_LENGTH);
    snprintf(hash, DIGITS + 1, "%016" PRIx64, text_hash(ids, count * TRIAL_ID_LENGTH));
    free(ids);
    return STATUS_OK;
}

/* --- reading --- */

static void take_text(void *column, size_t row, const char *text) {
    table_set_text(&((char **)column)[row], text);
}

static status_t read_texts(hid_t file, const char *name, frame_t *frame) {
    return dataset_get_texts(file, name, frame->rows, take_text, frame_texts(frame, name));
}

/* Where it is a column of integers they may stand there as such, or as float64: where a trial has
 * none, and in all indices of older programs. */
static status_t read_numbers(hid_t file, const char *path, record_type_t type, size_t count,
                             double *values) {
    HELD(record_clear) record_t record = {0};
    TRY(dataset_get(file, path, &record));
    const record_item_t *item = &record.items[0];
    CHECK((item->type == type || item->type == RECORD_F64) && record_item_count(item) == count,
          STATUS_CORRUPT, "%s is not %zu times %s", path, count, schema_type_name(type));
    if (item->type == RECORD_F64) memcpy(values, item->data, count * sizeof *values);
    for (size_t i = 0; item->type == RECORD_I64 && i < count; i++)
        values[i] = (double)((const int64_t *)item->data)[i];
    return STATUS_OK;
}

static void take_checksum(void *context, size_t row, const char *text) {
    table_t *table = context;
    table->checksum[row] = strtoull(text, NULL, 16);
}

static status_t read_scalar(hid_t file, const schema_row_t *scalar, frame_t *frame) {
    CHECK(dataset_exists(file, scalar->path), STATUS_INCOMPLETE,
          "the index is of an older schema, without %s", scalar->path);
    if (scalar->type == RECORD_TEXT) return read_texts(file, scalar->path, frame);
    return read_numbers(file, scalar->path, scalar->type, frame->rows,
                        frame_numbers(frame, scalar->path));
}

static status_t read_table(bytes_t *image, table_t *table) {
    HELD(image_release) hid_t file = -1;
    TRY(image_open(image, &file));
    CHECK(dataset_exists(file, "folder/scanned"), STATUS_INCOMPLETE,
          "the index is of an older schema");
    TRY(read_texts(file, "state", &table->frame));
    TRY(dataset_get_texts(file, "checksum", table->frame.rows, take_checksum, table));
    TRY(read_numbers(file, "folder/scanned", RECORD_F64, 1, &table->scanned));
    for (const schema_row_t *scalar = trial_schema; scalar->path; scalar++)
        if (table_wants(table, scalar)) TRY(read_scalar(file, scalar, &table->frame));
    return STATUS_OK;
}

status_t index_read(const char *path, const plan_t *plan, const char *const *wanted,
                    table_t *table) {
    HELD(bytes_free) bytes_t file = {0};
    char hash[DIGITS + 1];
    seal_t seal;
    TRY(table_create(plan, wanted, table));
    TRY(plan_hash(plan, hash));
    TRY(disk_read(path, &file));
    status_t status = seal_check(&file, "index", &seal);
    if (status == STATUS_OK && strcmp(seal.name, hash) != 0)
        return status_fail(STATUS_INCOMPLETE, "%s is the index of another plan", path);
    if (status == STATUS_OK) status = read_table(&file, table);
    return status == STATUS_OK ? STATUS_OK : status_context(status, "%s", path);
}

/* --- writing --- */

/* What a column of sweep.h5 is called, holds and means. */
typedef struct label {
    const char *path, *unit, *writer, *doc;
    record_type_t type; /* what trials have there; a column of the table is numbers or text */
} label_t;

static label_t label_of(const schema_row_t *row) {
    return (label_t){row->path, row->unit, row->writer, row->doc, row->type};
}

/* All columns have one dimension scale, the ids. */
static status_t finish(hid_t file, hid_t dataset, const label_t *label, int is_column) {
    TRY(attribute_put_label(dataset, label->unit, label->doc, label->writer));
    if (!is_column) return STATUS_OK;
    if (strcmp(label->path, "id") == 0) {
        CHECK_HDF5(H5DSset_scale(dataset, "trial"), STATUS_BUG, "cannot make the scale trial");
        return STATUS_OK;
    }
    HELD(image_release) hid_t id = H5Dopen2(file, "id", H5P_DEFAULT);
    CHECK_HDF5(H5DSattach_scale(dataset, id, 0), STATUS_BUG, "cannot attach the scale trial to %s",
               label->path);
    return STATUS_OK;
}

static status_t write_item(hid_t file, const label_t *label, record_type_t type, int rank,
                           size_t count, const void *values, int is_column) {
    HELD(image_release) hid_t dataset = -1;
    record_item_t item = {.type = type, .rank = rank, .shape = {count}, .data = (void *)values};
    snprintf(item.path, sizeof item.path, "%s", label->path);
    TRY(dataset_put(file, label->path, &item, &dataset));
    return finish(file, dataset, label, is_column);
}

static status_t write_texts(hid_t file, const label_t *label, texts_t texts) {
    HELD(image_release) hid_t dataset = -1;
    TRY(dataset_put_texts(file, label->path, texts, &dataset));
    return finish(file, dataset, label, 1);
}

static int is_constant(const double *numbers, size_t rows) {
    for (size_t row = 1; row < rows; row++)
        if (memcmp(&numbers[row], numbers, sizeof *numbers) != 0) return 0;
    return rows > 1;
}

/* Most options never vary, and a million trials have some hundred of them. */
static status_t write_constant(hid_t file, const label_t *label, record_type_t type, size_t rows,
                               const void *value) {
    HELD(image_release) hid_t dataset = -1;
    record_item_t item = {.type = type, .data = (void *)value};
    snprintf(item.path, sizeof item.path, "%s", label->path);
    TRY(dataset_put_constant(file, &item, rows, &dataset));
    return finish(file, dataset, label, 1);
}

static void free_integers(int64_t **integers) { free(*integers); }

/* Integers where every trial has one. Where one has none the column stays float64, with NaN: a
 * number that stood for "none" would soon be part of somebody's mean. */
static int has_integers_only(const frame_column_t *column, size_t rows) {
    for (size_t row = 0; row < rows; row++) {
        double x = column->number[row];
        if (!(fabs(x) <= EXACT_MAX) || x != trunc(x)) return 0;
    }
    return 1;
}

static status_t write_integers(hid_t file, const label_t *label, const frame_column_t *column,
                               size_t rows) {
    HELD(free_integers) int64_t *integers = malloc((rows + 1) * sizeof *integers);
    CHECK(integers, STATUS_ENVIRONMENT, "out of memory for the column %s", label->path);
    for (size_t row = 0; row < rows; row++) integers[row] = (int64_t)column->number[row];
    if (is_constant(column->number, rows))
        return write_constant(file, label, RECORD_I64, rows, integers);
    return write_item(file, label, RECORD_I64, 1, rows, integers, 1);
}

/* A column of the table, under the label's path. */
static status_t write_column(hid_t file, const label_t *label, const frame_t *frame,
                             const char *name) {
    const frame_column_t *column = frame_find(frame, name);
    size_t rows = frame->rows;
    CHECK(column, STATUS_BUG, "the table has no column %s", name);
    if (column->text) return write_texts(file, label, (texts_t){column->text, rows});
    if (label->type == RECORD_I64 && has_integers_only(column, rows))
        return write_integers(file, label, column, rows);
    if (is_constant(column->number, rows))
        return write_constant(file, label, RECORD_F64, rows, column->number);
    return write_item(file, label, RECORD_F64, 1, rows, column->number, 1);
}

/* Of free options (spec/free.h) one trial's may be 1 and another's 1.0. */
static record_type_t option_type(const plan_t *plan, size_t option) {
    const config_t *before = NULL;
    for (size_t row = 0; row < plan_count(plan); row++) {
        const config_t *config = plan_trial(plan, row)->config;
        if (config != before && !config_is_integer_at(config, option)) return RECORD_F64;
        before = config;
    }
    return RECORD_I64;
}

static status_t write_config(hid_t file, const plan_t *plan, const frame_t *frame) {
    const config_t *config = plan_trial(plan, 0)->config;
    for (size_t i = 0; config_key(config, i); i++) {
        char path[RECORD_PATH_MAX];
        snprintf(path, sizeof path, "config/%s", config_key(config, i));
        label_t label = {path, "", "spec", "option of the sweep file", option_type(plan, i)};
        TRY(write_column(file, &label, frame, config_key(config, i)));
    }
    return STATUS_OK;
}

static void free_text(char **text) { free(*text); }

static void free_texts(char ***texts) { free(*texts); }

static status_t write_checksums(hid_t file, const label_t *label, const table_t *table) {
    size_t rows = table->frame.rows;
    HELD(free_text) char *digits = malloc((rows + 1) * (DIGITS + 1));
    HELD(free_texts) char **texts = malloc((rows + 1) * sizeof *texts);
    CHECK(digits && texts, STATUS_ENVIRONMENT, "out of memory for %zu checksums", rows);
    for (size_t row = 0; row < rows; row++) {
        texts[row] = digits + row * (DIGITS + 1);
        snprintf(texts[row], DIGITS + 1, "%016" PRIx64, table->checksum[row]);
    }
    return write_texts(file, label, (texts_t){texts, rows});
}

/* One row of sweep.def. */
static status_t write_row(hid_t file, const schema_row_t *row, const plan_t *plan,
                          const table_t *table) {
    label_t label = label_of(row);
    const char *text = spec_expanded(plan_spec(plan));
    if (strcmp(row->path, "checksum") == 0) return write_checksums(file, &label, table);
    if (strcmp(row->path, "folder/scanned") == 0)
        return write_item(file, &label, RECORD_F64, 0, 1, &table->scanned, 0);
    if (strcmp(row->path, "spec") == 0) return write_item(file, &label, RECORD_TEXT, 0, 1, text, 0);
    return write_column(file, &label, &table->frame, row->path);
}

static status_t write_identity(hid_t file, const char *format, const plan_t *plan) {
    TRY(attribute_put_text(file, "format", format));
    TRY(attribute_put_integer(file, "version", LAYOUT_VERSION));
    TRY(attribute_put_text(file, "sweep", spec_name(plan_spec(plan))));
    TRY(attribute_put_unsigned(file, "seed", spec_seed(plan_spec(plan))));
    TRY(attribute_put_integer(file, "trials", (int64_t)plan_count(plan)));
    TRY(attribute_put_text(file, "program", build_version()));
    return attribute_put_text(file, "commit", build_commit());
}

status_t index_put(hid_t file, const char *format, const plan_t *plan, const table_t *table) {
    TRY(write_identity(file, format, plan));
    for (const schema_row_t *row = index_schema; row->path; row++)
        TRY(write_row(file, row, plan, table));
    TRY(write_config(file, plan, &table->frame));
    for (const schema_row_t *scalar = trial_schema; scalar->path; scalar++) {
        label_t label = label_of(scalar);
        if (!*scalar->shape) TRY(write_column(file, &label, &table->frame, scalar->path));
    }
    return STATUS_OK;
}

status_t index_put_integers(hid_t file, const schema_row_t *row, const int64_t *values,
                            size_t rows) {
    label_t label = label_of(row);
    return write_item(file, &label, RECORD_I64, 1, rows, values, 1);
}

status_t index_put_texts(hid_t file, const schema_row_t *row, char *const *texts, size_t rows) {
    label_t label = label_of(row);
    return write_texts(file, &label, (texts_t){texts, rows});
}

static status_t encode(const plan_t *plan, const table_t *table, bytes_t *image) {
    HELD(image_release) hid_t file = -1;
    TRY(image_begin(image, &file));
    TRY(index_put(file, "koopsweep index", plan, table));
    return image_end(&file, image);
}

status_t index_write(const char *path, const plan_t *plan, const table_t *table) {
    char hash[DIGITS + 1];
    HELD(bytes_free) bytes_t file = {0};
    TRY(plan_hash(plan, hash));
    TRY(encode(plan, table, &file));
    seal_put(&file, "index", hash, "-");
    return disk_replace(path, &file);
}
