/* merge.c: store_merge: a run as one plain HDF5 file, for those who want to carry or publish it.
 *
 * HDF5 writes the table and an empty group for each trial. What the groups hold is written behind
 * that without it (plain.h): a group's header then only says where its messages go on. */
#include <hdf5.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/memory.h"
#include "store/archive.h"
#include "store/index.h"
#include "store/labels.h"
#include "store/merged_file.h"
#include "store/scan.h"
#include "store/trial_file.h"

/* What is being merged. */
typedef struct merge {
    archive_t archive;   /* owned */
    table_t table;       /* owned */
    const plan_t *plan;  /* borrowed */
    uint64_t *group;     /* owned [plan_count]: addresses of the trials' groups; 0 = no result */
    merged_file_t *file; /* owned */
} merge_t;

static void merge_release(merge_t *merge) {
    archive_close(&merge->archive);
    table_destroy(&merge->table);
    merged_close(&merge->file);
    free(merge->group);
}

/* --- the table, and groups --- */

static status_t put_group(hid_t file, const char *name, uint64_t *address) {
    H5O_info_t about;
    HELD(image_release) hid_t group = H5Gcreate2(file, name, H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT);
    CHECK_HDF5(group, STATUS_ENVIRONMENT, "cannot make the group %s", name);
    CHECK_HDF5(H5Oget_info2(group, &about, H5O_INFO_BASIC), STATUS_BUG, "where is the group %s?",
               name);
    *address = about.addr;
    return STATUS_OK;
}

/* What ended since the table was made, which has no checksum of it, is left out of both. */
static int has_result(const merge_t *merge, size_t i) { return merge->table.checksum[i] != 0; }

static status_t put_groups(const merge_t *merge, hid_t file) {
    char path[32], labels[64] = "";
    uint64_t ignored;
    TRY(put_group(file, "trials", &ignored));
    for (size_t i = 0; i < plan_count(merge->plan); i++) {
        if (!has_result(merge, i)) continue;
        snprintf(path, sizeof path, "trials/%s", plan_trial(merge->plan, i)->id);
        if (!*labels) snprintf(labels, sizeof labels, "/%s/labels", path);
        TRY(put_group(file, path, &merge->group[i]));
    }
    if (*labels)
        CHECK_HDF5(H5Lcreate_soft(labels, file, "labels", H5P_DEFAULT, H5P_DEFAULT),
                   STATUS_ENVIRONMENT, "cannot make the link labels");
    return STATUS_OK;
}

/* HDF5 writes to the disk itself here: the whole may be larger than memory. */
static status_t write_frame(const merge_t *merge, const char *path) {
    HELD(image_release) hid_t file = -1;
    TRY(image_create_on_disk(path, &file));
    TRY(index_put(file, merge->plan, &merge->table));
    TRY(put_groups(merge, file));
    CHECK_HDF5(H5Fflush(file, H5F_SCOPE_GLOBAL), STATUS_ENVIRONMENT, "cannot write %s", path);
    return STATUS_OK;
}

/* --- the trials --- */

/* Its own attributes and data; options and labels as the plan and the schema of this program have
 * them, whichever wrote the file. */
static status_t put_trial(merge_t *merge, size_t i, bytes_t *bytes) {
    HELD(record_clear) record_t identity = {0}, record = {0};
    HELD(trial_tree_close) trial_tree_t tree = {0};
    plain_chunk_t labels;
    const config_t *config = plan_trial(merge->plan, i)->config;
    TRY(trial_decode_identity(bytes, &identity));
    TRY(trial_decode(bytes, NULL, &record));
    TRY(trial_tree_open(&identity, config, &record, &tree));
    TRY(labels_pack(NULL, NULL, &labels));
    TRY(merged_labels(merge->file, &labels, &tree.labels_at));
    return merged_put(merge->file, merge->group[i], &tree);
}

static status_t merge_trial(merge_t *merge, size_t i, size_t *merged) {
    HELD(bytes_free) bytes_t bytes = {0};
    seal_t seal;
    status_t status = archive_read(&merge->archive, plan_trial(merge->plan, i)->id, &bytes, &seal);
    if (!has_result(merge, i) && (status == STATUS_INCOMPLETE || status == STATUS_OK))
        return STATUS_OK;
    TRY(status);
    TRY(put_trial(merge, i, &bytes));
    ++*merged;
    return STATUS_OK;
}

static status_t merge_all(merge_t *merge, size_t *merged) {
    for (size_t i = 0; i < plan_count(merge->plan); i++) {
        status_t status = merge_trial(merge, i, merged);
        if (status != STATUS_OK)
            return status_context(status, "trial %s", plan_trial(merge->plan, i)->id);
    }
    return merged_finish(merge->file);
}

static status_t write_file(const char *run_dir, const plan_t *plan, store_weigher_t *weigh,
                           const char *path, size_t *merged) {
    HELD(merge_release) merge_t merge = {.plan = plan};
    TRY(archive_open(run_dir, &merge.archive));
    TRY(scan_load_all(run_dir, plan, weigh, &merge.table));
    merge.group = memory_take(plan_count(plan) + 1, sizeof *merge.group, "a merged file");
    TRY(write_frame(&merge, path));
    TRY(merged_open(path, &merge.file));
    return merge_all(&merge, merged);
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
