#include "store/scan.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/scope.h"
#include "store/index.h"
#include "store/trial_file.h"

/* A folder must have rested this long when it was seen; covers coarse time stamps (2 s on some
 * file systems) and clocks of file servers that are a little off. */
static const double rest_seconds = 10;

typedef struct scan {
    archive_t *archive;             /* borrowed */
    const plan_t *plan;             /* borrowed */
    table_t *table;                 /* borrowed */
    unsigned char *is_seen;         /* owned [plan_count]: the trial has a result */
    unsigned char is_read[FOLDERS]; /* the folder was looked into                    */
} scan_t;

static void scan_release(scan_t *scan) { free(scan->is_seen); }

static int is_current(const char *path, uint64_t checksum) {
    unsigned char head[SEAL_SIZE];
    seal_t seal;
    return checksum != 0 && disk_read_head(path, head, sizeof head) == STATUS_OK &&
           seal_parse(head, &seal) == STATUS_OK && seal.checksum == checksum;
}

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
        log_warning("%s; taken as not run", status_message());
    else if (!is_gone)
        return status;
    table_clear_row(table, trial->index);
    return STATUS_OK;
}

static status_t scan_file(void *context, const char *name) {
    scan_t *scan = context;
    const trial_t *trial = trial_of_file(scan->plan, name);
    if (!trial) return STATUS_OK;
    char path[PATH_MAX];
    path_trial(scan->archive->run_dir, trial->id, path);
    scan->is_seen[trial->index] = 1;
    if (is_current(path, scan->table->checksum[trial->index])) return STATUS_OK;
    return update_row(scan->archive, trial, scan->table);
}

/* A trial without a file of its own in a folder that was looked into: it is in a segment, or its
 * row is of a file that is there no more. */
static status_t scan_holding(const scan_t *scan, const trial_t *trial) {
    const holding_t *holding = archive_find(scan->archive, trial->id);
    uint64_t checksum = scan->table->checksum[trial->index];
    if (holding && holding->entry.checksum != checksum)
        return update_row(scan->archive, trial, scan->table);
    if (!holding && checksum && scan->is_read[path_folder_of(trial->id)])
        table_clear_row(scan->table, trial->index);
    return STATUS_OK;
}

/* What was packed while the folders were looked into is in segments that are complete by now: asked
 * for only after the folders, they leave no trial unseen. */
static status_t scan_holdings(const scan_t *scan) {
    TRY(archive_refresh(scan->archive));
    for (size_t row = 0; row < scan->table->frame.rows; row++)
        if (!scan->is_seen[row]) TRY(scan_holding(scan, plan_trial(scan->plan, row)));
    return STATUS_OK;
}

static status_t drop_withdrawn(const scan_t *scan) {
    for (size_t i = 0; i < scan->archive->withdrawn_count; i++) {
        const withdrawal_t *withdrawal = &scan->archive->withdrawn[i];
        const trial_t *trial = plan_find(scan->plan, withdrawal->id);
        if (!trial || scan->table->checksum[trial->index] != withdrawal->checksum) continue;
        TRY(update_row(scan->archive, trial, scan->table));
    }
    return STATUS_OK;
}

static int64_t modified_at(const char *folder) {
    struct stat about;
    if (stat(folder, &about) != 0) return 0;
    return (int64_t)about.st_mtim.tv_sec * 1000000000 + about.st_mtim.tv_nsec;
}

static int has_rested(int64_t modified, double scanned) {
    return modified == 0 || (double)modified * 1e-9 < scanned - rest_seconds;
}

static status_t scan_folders(scan_t *scan) {
    char path[PATH_MAX];
    table_t *table = scan->table;
    int is_packed_anew = table->segments != archive_hash(scan->archive);
    for (int folder = 0; folder < FOLDERS; folder++) {
        int64_t modified = modified_at(path_folder(scan->archive->run_dir, folder, path));
        int is_as_seen =
            modified == table->modified[folder] && has_rested(modified, table->scanned);
        if (is_as_seen && !is_packed_anew) continue;
        TRY(disk_list(path, scan_file, scan));
        scan->is_read[folder] = 1;
        table->modified[folder] = modified;
    }
    return STATUS_OK;
}

/* Rows of new and changed files are read, rows of files that are gone are PENDING again, and so are
 * rows of damaged files, each with a warning. */
static status_t bring_up_to_date(archive_t *archive, const plan_t *plan, table_t *table) {
    HELD(scan_release)
    scan_t scan = {archive, plan, table, calloc(plan_count(plan) + 1, 1), {0}};
    CHECK(scan.is_seen, STATUS_ENVIRONMENT, "out of memory for %zu trials", plan_count(plan));
    double now = clock_unix();
    TRY(scan_folders(&scan));
    TRY(scan_holdings(&scan));
    TRY(drop_withdrawn(&scan));
    table->scanned = now;
    table->segments = archive_hash(archive);
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
