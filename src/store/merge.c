/* merge.c: store_merge: a run as one plain HDF5 file, for those who want to carry or publish it. */
#include <stdio.h>
#include <unistd.h>

#include "store/archive.h"
#include "store/attribute.h"
#include "store/index.h"
#include "store/scan.h"
#include "store/trial_file.h"

static status_t put_group(hid_t file, const char *name) {
    HELD(image_release) hid_t group = H5Gcreate2(file, name, H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT);
    CHECK_HDF5(group, STATUS_ENVIRONMENT, "cannot make the group %s", name);
    return STATUS_OK;
}

/* *has_result = 0 and OK when the trial has none. What ended since the table was made, which has no
 * `checksum` of it, is left out of both. */
static status_t merge_trial(archive_t *archive, const trial_t *trial, uint64_t checksum, hid_t file,
                            int *has_result) {
    char path[32];
    HELD(bytes_free) bytes_t bytes = {0};
    seal_t seal;
    status_t status = archive_read(archive, trial->id, &bytes, &seal);
    *has_result = status != STATUS_INCOMPLETE && (status != STATUS_OK || checksum);
    if (!*has_result) return STATUS_OK;
    TRY(status);
    snprintf(path, sizeof path, "trials/%s", trial->id);
    return trial_copy(&bytes, trial, file, path);
}

static status_t merge_all(archive_t *archive, const plan_t *plan, const table_t *table, hid_t file,
                          size_t *merged) {
    TRY(put_group(file, "trials"));
    for (size_t i = 0; i < plan_count(plan); i++) {
        int has_result;
        const trial_t *trial = plan_trial(plan, i);
        status_t status = merge_trial(archive, trial, table->checksum[i], file, &has_result);
        if (status != STATUS_OK) return status_context(status, "trial %s", trial->id);
        *merged += (size_t)has_result;
    }
    return STATUS_OK;
}

/* HDF5 writes to the disk itself here: the whole may be larger than memory. */
static status_t write_file(const char *run_dir, const plan_t *plan, store_weigher_t *weigh,
                           const char *path, size_t *merged) {
    HELD(archive_close) archive_t archive = {0};
    HELD(table_destroy) table_t table = {0};
    HELD(image_release) hid_t file = -1;
    TRY(archive_open(run_dir, &archive));
    TRY(scan_load_all(run_dir, plan, weigh, &table));
    TRY(image_create_on_disk(path, &file));
    TRY(index_put(file, plan, &table));
    TRY(merge_all(&archive, plan, &table, file, merged));
    CHECK_HDF5(H5Fflush(file, H5F_SCOPE_GLOBAL), STATUS_ENVIRONMENT, "cannot write %s", path);
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
