#include "store/scan.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/clock.h"
#include "base/log.h"
#include "store/scope.h"
#include "store/trial_file.h"

/* A folder must have rested this long when it was seen; covers coarse time stamps (2 s on some
 * file systems) and clocks of file servers that are a little off. */
static const double rest_seconds = 10;

typedef struct scan {
    const char *run_dir;            /* borrowed */
    const plan_t *plan;             /* borrowed */
    table_t *table;                 /* borrowed */
    unsigned char *is_seen;         /* owned [plan_count]: the trial's file is there */
    unsigned char is_read[FOLDERS]; /* the folder was looked into                    */
} scan_t;

static void scan_release(scan_t *scan) { free(scan->is_seen); }

static int is_current(const char *path, uint64_t checksum) {
    unsigned char head[SEAL_SIZE];
    seal_t seal;
    return checksum != 0 && disk_read_head(path, head, sizeof head) == STATUS_OK &&
           seal_parse(head, &seal) == STATUS_OK && seal.checksum == checksum;
}

static status_t read_row(const char *path, const trial_t *trial, table_t *table) {
    HELD(bytes_free) bytes_t file = {0};
    HELD(record_clear) record_t scalars = {0};
    seal_t seal;
    TRY(trial_read_file(path, trial->id, &file, &seal));
    status_t status = trial_decode_scalars(&file, &scalars);
    if (status != STATUS_OK) return status_context(status, "%s", path);
    table_set_row(table, trial->index, seal.state, seal.checksum, &scalars);
    return STATUS_OK;
}

static status_t update_row(const char *run_dir, const trial_t *trial, table_t *table) {
    char path[PATH_MAX];
    path_trial(run_dir, trial->id, path);
    if (is_current(path, table->checksum[trial->index])) return STATUS_OK;
    status_t status = read_row(path, trial, table);
    int is_gone = status == STATUS_INCOMPLETE; /* moved away meanwhile */
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
    scan->is_seen[trial->index] = 1;
    return update_row(scan->run_dir, trial, scan->table);
}

/* Rows whose file was in a folder that changed and is there no more. */
static void clear_gone(const scan_t *scan) {
    for (size_t row = 0; row < scan->table->frame.rows; row++) {
        int folder = path_folder_of(plan_trial(scan->plan, row)->id);
        if (scan->table->checksum[row] && scan->is_read[folder] && !scan->is_seen[row])
            table_clear_row(scan->table, row);
    }
}

static int64_t modified_at(const char *folder) {
    struct stat about;
    if (stat(folder, &about) != 0) return 0;
    return (int64_t)about.st_mtim.tv_sec * 1000000000 + about.st_mtim.tv_nsec;
}

static int has_rested(int64_t modified, double scanned) {
    return modified == 0 || (double)modified * 1e-9 < scanned - rest_seconds;
}

status_t scan_trials(const char *run_dir, const plan_t *plan, table_t *table) {
    char path[PATH_MAX];
    HELD(scan_release)
    scan_t scan = {run_dir, plan, table, calloc(plan_count(plan) + 1, 1), {0}};
    CHECK(scan.is_seen, STATUS_ENVIRONMENT, "out of memory for %zu trials", plan_count(plan));
    double now = clock_unix();
    for (int folder = 0; folder < FOLDERS; folder++) {
        int64_t modified = modified_at(path_folder(run_dir, folder, path));
        if (modified == table->modified[folder] && has_rested(modified, table->scanned)) continue;
        TRY(disk_list(path, scan_file, &scan));
        scan.is_read[folder] = 1;
        table->modified[folder] = modified;
    }
    clear_gone(&scan);
    table->scanned = now;
    return STATUS_OK;
}
