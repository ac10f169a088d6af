/* merge.c: store_merge: a run as one plain HDF5 file, for those who want to analyse, carry or
 * publish it: the table, and the arrays of all trials one behind the other (ragged.h). */
#include <stdio.h>
#include <unistd.h>

#include "store/archive.h"
#include "store/index.h"
#include "store/ragged.h"
#include "store/scan.h"
#include "store/schema.h"
#include "store/trial_file.h"

/* What a trial's own file says of itself and the table does not. */
static const char *const file_columns[] = {"program", "commit", "hdf5", "host", "created"};
enum { FILE_COLUMNS = sizeof file_columns / sizeof *file_columns };

typedef struct merge {
    archive_t archive; /* owned */
    table_t table;     /* owned */
    hid_t file;        /* owned */
    ragged_t *ragged;  /* owned */
    frame_t about;     /* owned: file_columns of all trials */
} merge_t;

static void merge_release(merge_t *merge) {
    archive_close(&merge->archive);
    table_destroy(&merge->table);
    ragged_destroy(&merge->ragged);
    frame_clear(&merge->about);
    image_release(&merge->file);
}

static void note_about(merge_t *merge, size_t row, const record_t *about) {
    for (size_t i = 0; i < FILE_COLUMNS; i++) {
        char path[RECORD_PATH_MAX];
        snprintf(path, sizeof path, "@%s", file_columns[i]);
        const record_item_t *item = record_find(about, path);
        if (item && item->type == RECORD_TEXT)
            table_set_text(&frame_texts(&merge->about, file_columns[i])[row], item->data);
    }
}

/* *has_result = 0 and OK when the trial has none. What ended since the table was made, which has no
 * `checksum` of it, is left out of both. */
static status_t merge_trial(merge_t *merge, const trial_t *trial, int *has_result) {
    HELD(bytes_free) bytes_t bytes = {0};
    HELD(record_clear) record_t items = {0}, about = {0};
    seal_t seal;
    status_t status = archive_read(&merge->archive, trial->id, &bytes, &seal);
    int is_in_table = merge->table.checksum[trial->index] != 0;
    *has_result = status != STATUS_INCOMPLETE && (status != STATUS_OK || is_in_table);
    if (!*has_result) return STATUS_OK;
    TRY(status);
    TRY(trial_decode_brief(&bytes, &items, &about));
    note_about(merge, trial->index, &about);
    return ragged_add(merge->ragged, trial->index, &items);
}

static status_t merge_all(merge_t *merge, const plan_t *plan, size_t *merged) {
    for (size_t i = 0; i < plan_count(plan); i++) {
        int has_result;
        const trial_t *trial = plan_trial(plan, i);
        status_t status = merge_trial(merge, trial, &has_result);
        if (status != STATUS_OK) return status_context(status, "trial %s", trial->id);
        *merged += (size_t)has_result;
    }
    return ragged_finish(merge->ragged);
}

static status_t put_about(merge_t *merge) {
    for (const attribute_row_t *row = trial_attributes; row->name; row++) {
        char path[RECORD_PATH_MAX];
        const frame_column_t *column = frame_find(&merge->about, row->name);
        if (!column) continue;
        snprintf(path, sizeof path, "file/%s", row->name);
        schema_row_t label = {path, RECORD_TEXT, "[trial]", "", "store", row->doc};
        TRY(index_put_texts(merge->file, &label, column->text, merge->about.rows));
    }
    return STATUS_OK;
}

/* HDF5 writes to the disk itself here: the whole may be larger than memory. */
static status_t write_file(const char *run_dir, const plan_t *plan, store_weigher_t *weigh,
                           const char *path, size_t *merged) {
    HELD(merge_release) merge_t merge = {.about.rows = plan_count(plan)};
    TRY(archive_open(run_dir, &merge.archive));
    TRY(scan_load_all(run_dir, plan, weigh, &merge.table));
    TRY(image_create_on_disk(path, &merge.file));
    TRY(index_put(merge.file, "koopsweep merged", plan, &merge.table));
    merge.ragged = ragged_create(merge.file, plan_count(plan));
    for (size_t i = 0; i < FILE_COLUMNS; i++) frame_texts(&merge.about, file_columns[i]);
    TRY(merge_all(&merge, plan, merged));
    TRY(put_about(&merge));
    CHECK_HDF5(H5Fflush(merge.file, H5F_SCOPE_GLOBAL), STATUS_ENVIRONMENT, "cannot write %s", path);
    return STATUS_OK;
}

status_t store_merge(const char *run_dir, const plan_t *plan, store_weigher_t *weigh,
                     const char *path, size_t *merged) {
    char aside[PATH_MAX];
    *merged = 0;
    CHECK(access(path, F_OK) != 0, STATUS_SPEC, "%s is there already; name a new file", path);
    CHECK(snprintf(aside, sizeof aside, "%s.part", path) < PATH_MAX, STATUS_SPEC,
          "%.100s...: the name is too long", path);
    status_t status = write_file(run_dir, plan, weigh, aside, merged);
    if (status == STATUS_OK) status = disk_settle(aside, path);
    if (status != STATUS_OK) unlink(aside);
    return status;
}
