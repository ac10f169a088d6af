/* adopt.c: store_adopt: a run of an older program goes on under the ids that it gave its trials. */
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "base/scope.h"
#include "store/archive.h"
#include "store/store.h"

typedef char trial_id_t[TRIAL_ID_LENGTH + 1];

/* Every id of which the run directory has anything. */
typedef struct ids {
    trial_id_t *at; /* owned [count], ascending once sorted */
    size_t count;
} ids_t;

static void ids_free(ids_t *ids) { free(ids->at); }

static void add_id(ids_t *ids, const char *id) {
    if (!(ids->count & (ids->count - 1)))
        ids->at = memory_grow(ids->at, 2 * ids->count + 1, sizeof *ids->at, "the list of results");
    memcpy(ids->at[ids->count], id, TRIAL_ID_LENGTH);
    ids->at[ids->count++][TRIAL_ID_LENGTH] = '\0';
}

/* "ID.h5", one that was moved aside, "ID.0" of a checkpoint. */
static status_t note_name(void *context, const char *name) {
    if (strlen(name) > TRIAL_ID_LENGTH && name[TRIAL_ID_LENGTH] == '.') add_id(context, name);
    return STATUS_OK;
}

/* Also what was withdrawn or moved aside, so that every process of a sweep, whenever it looks,
 * finds the same ids. Folders before segments: what is packed meanwhile is seen at least once. */
static status_t collect_results(const char *run_dir, ids_t *ids) {
    char path[PATH_MAX];
    HELD(archive_close) archive_t archive = {0};
    for (int folder = 0; folder < FOLDERS; folder++)
        TRY(disk_list(path_folder(run_dir, folder, path), note_name, ids));
    TRY(archive_open(run_dir, &archive));
    for (size_t i = 0; i < archive.count; i++) add_id(ids, archive.holdings[i].entry.id);
    for (size_t i = 0; i < archive.withdrawn_count; i++) add_id(ids, archive.withdrawn[i].id);
    return STATUS_OK;
}

static int compare_ids(const void *a, const void *b) { return strcmp(a, b); }

static int holds(const void *context, const char *id) {
    const ids_t *ids = context;
    return bsearch(id, ids->at, ids->count, sizeof *ids->at, compare_ids) != NULL;
}

static status_t adopt(plan_t *plan, ids_t *ids) {
    if (!ids->count) return STATUS_OK;
    qsort(ids->at, ids->count, sizeof *ids->at, compare_ids);
    return plan_adopt(plan, holds, ids);
}

/* A twin that has ended goes before one that is half done. */
status_t store_adopt(const char *run_dir, plan_t *plan) {
    char path[PATH_MAX];
    HELD(ids_free) ids_t ids = {0};
    if (!plan_has_aliases(plan)) return STATUS_OK;
    TRY(collect_results(run_dir, &ids));
    TRY(adopt(plan, &ids));
    TRY(disk_list(path_checkpoints(run_dir, path), note_name, &ids));
    return adopt(plan, &ids);
}
