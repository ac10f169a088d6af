#include "store/scan.h"

#include <stdlib.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/scope.h"
#include "store/index.h"
#include "store/trial_file.h"

typedef struct scan {
    archive_t *archive;     /* borrowed */
    const plan_t *plan;     /* borrowed */
    table_t *table;         /* borrowed */
    unsigned char *is_seen; /* owned [plan_count]: the trial has a file of its own */
} scan_t;

static void scan_release(scan_t *scan) { free(scan->is_seen); }

static status_t read_row(archive_t *archive, const trial_t *trial, table_t *table) {
    HELD(bytes_free) bytes_t file = {0};
    HELD(record_clear) record_t scalars = {0};
    seal_t seal;
    TRY(archive_read(archive, trial->id, &file, &seal));
    status_t status = trial_decode_scalars(&file, &scalars);
    if (status != STATUS_OK) return status_context(status, "trial %s", trial->id);
    table_set_row(table, trial->index, seal.state, seal.checksum, &scalars);
    return STATUS_OK;
}

static status_t update_row(archive_t *archive, const trial_t *trial, table_t *table) {
    status_t status = read_row(archive, trial, table);
    int is_gone = status == STATUS_INCOMPLETE; /* moved away meanwhile, or withdrawn */
    if (status == STATUS_CORRUPT)
        log_warning("%s; taken as not run: `koopsweep run` runs it again", status_message());
    else if (!is_gone)
        return status;
    table_clear_row(table, trial->index);
    return STATUS_OK;
}

/* Is the file the one that the row was read from? Its seal and length say so, and its time stamp
 * that nobody wrote to it since. */
static int is_current(const scan_t *scan, const trial_t *trial) {
    char path[PATH_MAX];
    seal_t seal;
    disk_about_t about;
    path_trial(scan->archive->run_dir, trial->id, path);
    return trial_glance(path, trial->id, &seal, &about) == STATUS_OK &&
           seal.checksum == scan->table->checksum[trial->index] &&
           about.modified <= scan->table->scanned &&
           !archive_is_withdrawn(scan->archive, trial->id, seal.checksum);
}

static status_t scan_file(void *context, const char *name) {
    scan_t *scan = context;
    const trial_t *trial = trial_of_file(scan->plan, name);
    if (!trial) return STATUS_OK;
    scan->is_seen[trial->index] = 1;
    return is_current(scan, trial) ? STATUS_OK : update_row(scan->archive, trial, scan->table);
}

static status_t scan_folders(scan_t *scan) {
    char path[PATH_MAX];
    for (int folder = 0; folder < FOLDERS; folder++)
        TRY(disk_list(path_folder(scan->archive->run_dir, folder, path), scan_file, scan));
    return STATUS_OK;
}

/* A trial without a file of its own: it is in a segment, or its row is of a file that is there no
 * more. */
static status_t scan_holding(const scan_t *scan, const trial_t *trial) {
    const holding_t *holding = archive_find(scan->archive, trial->id);
    uint64_t checksum = scan->table->checksum[trial->index];
    if (!holding && checksum) table_clear_row(scan->table, trial->index);
    if (!holding || (holding->entry.checksum == checksum &&
                     archive_is_as_it_was(scan->archive, holding, scan->table->scanned)))
        return STATUS_OK;
    return update_row(scan->archive, trial, scan->table);
}

/* What was packed while the folders were looked into is in segments that are complete by now: asked
 * for only after the folders, they leave no trial unseen. */
static status_t scan_holdings(const scan_t *scan) {
    TRY(archive_refresh(scan->archive));
    for (size_t row = 0; row < scan->table->frame.rows; row++)
        if (!scan->is_seen[row]) TRY(scan_holding(scan, plan_trial(scan->plan, row)));
    return STATUS_OK;
}

/* Rows of new and changed files are read, rows of files that are gone are PENDING again, and so are
 * rows of damaged files, each with a warning. */
static status_t bring_up_to_date(archive_t *archive, const plan_t *plan, table_t *table) {
    HELD(scan_release)
    scan_t scan = {archive, plan, table, calloc(plan_count(plan) + 1, 1)};
    CHECK(scan.is_seen, STATUS_ENVIRONMENT, "out of memory for %zu trials", plan_count(plan));
    double now = clock_unix();
    TRY(scan_folders(&scan));
    TRY(scan_holdings(&scan));
    table->scanned = now;
    return STATUS_OK;
}

status_t scan_load(const char *run_dir, const plan_t *plan, const char *const *wanted,
                   table_t *table) {
    char path[PATH_MAX];
    HELD(archive_close) archive_t archive = {0};
    TRY(archive_open(run_dir, &archive));
    status_t status = index_read(path_index(run_dir, path), plan, wanted, table);
    if (status == STATUS_CORRUPT) {
        log_warning("%s; reading the trial files instead", status_message());
        status = STATUS_INCOMPLETE;
    }
    if (status == STATUS_INCOMPLETE) {
        table_destroy(table);
        status = table_create(plan, wanted, table);
    }
    return status == STATUS_OK ? bring_up_to_date(&archive, plan, table) : status;
}

status_t scan_load_all(const char *run_dir, const plan_t *plan, store_weigher_t *weigh,
                       table_t *table) {
    TRY(scan_load(run_dir, plan, NULL, table));
    frame_numbers(&table->frame, "order/inclusion"); /* not known, unless `weigh` says more */
    status_t status = weigh ? weigh(run_dir, plan, &table->frame) : STATUS_OK;
    return status == STATUS_INCOMPLETE ? STATUS_OK : status;
}
