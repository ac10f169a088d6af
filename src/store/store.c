#include "store/store.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/log.h"
#include "store/index.h"
#include "store/path.h"
#include "store/scan.h"
#include "store/scope.h"
#include "store/trial_file.h"

enum { STATE_MAX = 24 };

status_t store_open(const char *run_dir) {
    char path[PATH_MAX];
    CHECK(strlen(run_dir) + 64 < PATH_MAX, STATUS_ENVIRONMENT,
          "the name of the run directory is too long: %.100s...", run_dir);
    TRY(disk_make_folder(path_trials(run_dir, path)));
    TRY(disk_remove_stale(run_dir));
    for (int folder = 0; folder < FOLDERS; folder++)
        TRY(disk_remove_stale(path_folder(run_dir, folder, path)));
    return STATUS_OK;
}

status_t store_write_trial(const char *run_dir, const trial_t *trial, const char *state,
                           const record_t *record) {
    char path[PATH_MAX];
    int folder = path_folder_of(trial->id);
    CHECK(folder >= 0, STATUS_BUG, "the trial id %s is not hexadecimal", trial->id);
    CHECK(*state && strlen(state) < STATE_MAX && !strpbrk(state, " \n"), STATUS_BUG,
          "\"%s\" is no state of a trial", state);
    HELD(bytes_free) bytes_t file = {0};
    status_t status = trial_encode(trial, state, record, &file);
    if (status != STATUS_OK) return status_context(status, "trial %s", trial->id);
    TRY(disk_make_folder(path_folder(run_dir, folder, path)));
    return disk_replace(path_trial(run_dir, trial->id, path), &file);
}

int store_has_trial(const char *run_dir, const trial_t *trial) {
    char path[PATH_MAX];
    return access(path_trial(run_dir, trial->id, path), F_OK) == 0;
}

static status_t set_aside(const char *path) {
    char aside[PATH_MAX + 16];
    snprintf(aside, sizeof aside, "%s.damaged", path);
    log_warning("%s; moved to %s, the trial will be run again", status_message(), aside);
    return disk_rename(path, aside);
}

status_t store_check_trial(const char *run_dir, const trial_t *trial, char state[24]) {
    char path[PATH_MAX];
    HELD(bytes_free) bytes_t file = {0};
    seal_t seal = {.state = "PENDING"};
    status_t status =
        trial_read_file(path_trial(run_dir, trial->id, path), trial->id, &file, &seal);
    if (status == STATUS_CORRUPT)
        TRY(set_aside(path));
    else if (status != STATUS_INCOMPLETE)
        TRY(status);
    snprintf(state, STATE_MAX, "%s", status == STATUS_OK ? seal.state : "PENDING");
    return STATUS_OK;
}

void store_peek_trial(const char *run_dir, const trial_t *trial, char state[24]) {
    char path[PATH_MAX];
    unsigned char head[SEAL_SIZE];
    seal_t seal;
    int is_there =
        disk_read_head(path_trial(run_dir, trial->id, path), head, sizeof head) == STATUS_OK &&
        seal_parse(head, &seal) == STATUS_OK;
    snprintf(state, STATE_MAX, "%s", is_there ? seal.state : "PENDING");
}

status_t store_read_trial(const char *run_dir, const trial_t *trial, char state[24],
                          record_t *record) {
    char path[PATH_MAX];
    HELD(bytes_free) bytes_t file = {0};
    seal_t seal;
    *record = (record_t){0};
    TRY(trial_read_file(path_trial(run_dir, trial->id, path), trial->id, &file, &seal));
    status_t status = trial_decode(&file, record);
    if (status != STATUS_OK) return status_context(status, "%s", path);
    snprintf(state, STATE_MAX, "%s", seal.state);
    return STATUS_OK;
}

/* The index as far as it is current, the files of the other trials beyond that. */
static status_t load(const char *run_dir, const plan_t *plan, table_t *table) {
    char path[PATH_MAX];
    status_t status = index_read(path_index(run_dir, path), plan, table);
    if (status == STATUS_CORRUPT) {
        log_warning("%s; reading the trial files instead", status_message());
        status = STATUS_INCOMPLETE;
    }
    if (status == STATUS_INCOMPLETE) {
        table_destroy(table);
        status = table_create(plan, table);
    }
    return status == STATUS_OK ? scan_trials(run_dir, plan, table) : status;
}

status_t store_load(const char *run_dir, const plan_t *plan, frame_t *frame) {
    HELD(table_destroy) table_t table = {0};
    TRY(load(run_dir, plan, &table));
    *frame = table.frame;
    table.frame = (frame_t){0};
    return STATUS_OK;
}

status_t store_write_index(const char *run_dir, const plan_t *plan) {
    char path[PATH_MAX];
    HELD(table_destroy) table_t table = {0};
    TRY(load(run_dir, plan, &table));
    return index_write(path_index(run_dir, path), plan, &table);
}
