#include "store/store.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/log.h"
#include "base/scope.h"
#include "store/archive.h"
#include "store/index.h"
#include "store/own.h"
#include "store/scan.h"
#include "store/trial_file.h"

enum { STATE_MAX = 24, TRIES_MAX = 5, WITHDRAWN_LINE = TRIAL_ID_LENGTH + 1 + 16 + 1 };

status_t store_open(const char *run_dir) {
    char path[PATH_MAX];
    CHECK(strlen(run_dir) + 64 < PATH_MAX, STATUS_ENVIRONMENT,
          "the name of the run directory is too long: %.100s...", run_dir);
    TRY(disk_make_folder(path_trials(run_dir, path)));
    TRY(disk_remove_stale(run_dir));
    TRY(disk_remove_stale(path_segments(run_dir, path)));
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
    for (int tries = 0;; tries++) {
        status = disk_replace(path_trial(run_dir, trial->id, path), &file);
        path_folder(run_dir, folder, path);
        if (status == STATUS_OK || access(path, F_OK) == 0 || tries == TRIES_MAX) return status;
        TRY(disk_make_folder(path)); /* the first of its folder, or the empty one was taken away */
    }
}

/* A file of its own is moved aside; a segment stays as it is. */
static status_t set_aside(const char *path) {
    char aside[PATH_MAX + 16];
    if (access(path, F_OK) != 0) {
        log_warning("%s; the trial will be run again", status_message());
        return STATUS_OK;
    }
    snprintf(aside, sizeof aside, "%s.damaged", path);
    log_warning("%s; moved to %s, the trial will be run again", status_message(), aside);
    return disk_rename(path, aside);
}

/* What was moved aside may have hidden an older result, which is none the worse for that. */
static status_t check_trial(archive_t *archive, const trial_t *trial, char state[STATE_MAX]) {
    char path[PATH_MAX];
    HELD(bytes_free) bytes_t file = {0};
    seal_t seal = {.state = "PENDING"};
    status_t status = archive_read(archive, trial->id, &file, &seal);
    if (status == STATUS_CORRUPT)
        TRY(set_aside(path_trial(archive->run_dir, trial->id, path)));
    else if (status != STATUS_INCOMPLETE)
        TRY(status);
    snprintf(state, STATE_MAX, "%s", status == STATUS_OK ? seal.state : "PENDING");
    return STATUS_OK;
}

status_t store_check_trial(const char *run_dir, const trial_t *trial, char state[TRIAL_STATE_MAX]) {
    HELD(archive_close) archive_t archive = {0};
    TRY(archive_open(run_dir, &archive));
    return check_trial(&archive, trial, state);
}

status_t store_survey(const char *run_dir, const plan_t *plan, store_state_taker_t *take,
                      void *context) {
    HELD(archive_close) archive_t archive = {0};
    TRY(archive_open(run_dir, &archive));
    for (size_t i = 0; i < plan_count(plan); i++) {
        char state[STATE_MAX];
        TRY(check_trial(&archive, plan_trial(plan, i), state));
        TRY(take(context, plan_trial(plan, i), state));
    }
    return STATUS_OK;
}

static status_t read_trial(archive_t *archive, const trial_t *trial, const char *const *paths,
                           char state[TRIAL_STATE_MAX], record_t *record) {
    HELD(bytes_free) bytes_t file = {0};
    seal_t seal;
    TRY(archive_read(archive, trial->id, &file, &seal));
    status_t status = trial_decode(&file, paths, record);
    if (status != STATUS_OK) return status_context(status, "trial %s", trial->id);
    snprintf(state, STATE_MAX, "%s", seal.state);
    return STATUS_OK;
}

status_t store_read_trial(const char *run_dir, const trial_t *trial, char state[TRIAL_STATE_MAX],
                          record_t *record) {
    HELD(archive_close) archive_t archive = {0};
    *record = (record_t){0};
    TRY(archive_open(run_dir, &archive));
    return read_trial(&archive, trial, NULL, state, record);
}

status_t store_read_trials(const char *run_dir, const trial_t *const *trials, size_t count,
                           const char *const *paths, store_record_taker_t *take, void *context) {
    HELD(archive_close) archive_t archive = {0};
    TRY(archive_open(run_dir, &archive));
    for (size_t i = 0; i < count; i++) {
        char state[TRIAL_STATE_MAX];
        record_t record = {0};
        status_t status = read_trial(&archive, trials[i], paths, state, &record);
        if (status == STATUS_OK) take(context, trials[i], &record);
        if (status != STATUS_OK && status != STATUS_INCOMPLETE) log_warning("%s", status_message());
        record_clear(&record);
    }
    return STATUS_OK;
}

status_t store_locate_trial(const char *run_dir, const trial_t *trial, char where[PATH_MAX]) {
    HELD(archive_close) archive_t archive = {0};
    HELD(bytes_free) bytes_t file = {0};
    TRY(archive_open(run_dir, &archive));
    return archive_fetch(&archive, trial->id, &file, where);
}

status_t store_withdraw(const char *run_dir, const trial_t *const *trials, size_t count) {
    char path[PATH_MAX];
    HELD(archive_close) archive_t archive = {0};
    HELD(bytes_free) bytes_t list = {0};
    TRY(archive_open(run_dir, &archive));
    status_t status = disk_read(path_withdrawn(run_dir, path), &list);
    if (status != STATUS_INCOMPLETE) TRY(status);
    for (size_t i = 0; i < count; i++) {
        HELD(bytes_free) bytes_t file = {0};
        seal_t seal;
        status = archive_read(&archive, trials[i]->id, &file, &seal);
        if (status == STATUS_CORRUPT) log_warning("%s; taken as not run", status_message());
        if (status == STATUS_INCOMPLETE || status == STATUS_CORRUPT) continue;
        TRY(status);
        unsigned char *fresh = realloc(list.at, list.size + WITHDRAWN_LINE + 1);
        CHECK(fresh, STATUS_ENVIRONMENT, "out of memory for %s", path);
        list.at = fresh;
        list.size += (size_t)sprintf((char *)fresh + list.size, "%s %016" PRIx64 "\n", seal.name,
                                     seal.checksum);
    }
    return disk_replace(path, &list);
}

status_t store_load(const char *run_dir, const plan_t *plan, frame_t *frame) {
    return store_load_columns(run_dir, plan, NULL, frame);
}

status_t store_load_columns(const char *run_dir, const plan_t *plan, const char *const *columns,
                            frame_t *frame) {
    HELD(table_destroy) table_t table = {0};
    TRY(scan_load(run_dir, plan, columns, &table));
    if (!columns) own_columns(&table.frame);
    *frame = table.frame;
    table.frame = (frame_t){0};
    return STATUS_OK;
}

status_t store_write_index(const char *run_dir, const plan_t *plan, store_weigher_t *weigh) {
    char path[PATH_MAX];
    HELD(table_destroy) table_t table = {0};
    TRY(scan_load_all(run_dir, plan, weigh, &table));
    return index_write(path_index(run_dir, path), plan, &table);
}
