/* lookout.c: store_peek_trial: has the trial a result by now? */
#include <stdio.h>
#include <stdlib.h>

#include "store/archive.h"
#include "store/trial_file.h"

struct store_lookout {
    archive_t archive; /* of `run_dir` alone until the first question */
    int is_open;
    char run_dir[PATH_MAX];
};

status_t store_lookout_create(const char *run_dir, store_lookout_t **lookout) {
    *lookout = calloc(1, sizeof **lookout);
    CHECK(*lookout, STATUS_ENVIRONMENT, "out of memory");
    snprintf((*lookout)->run_dir, sizeof(*lookout)->run_dir, "%s", run_dir);
    return STATUS_OK;
}

void store_lookout_destroy(store_lookout_t **lookout) {
    if (*lookout) archive_close(&(*lookout)->archive);
    free(*lookout);
    *lookout = NULL;
}

static status_t refresh(store_lookout_t *lookout) {
    if (lookout->is_open) return archive_refresh(&lookout->archive);
    TRY(archive_open(lookout->run_dir, &lookout->archive));
    lookout->is_open = 1;
    return STATUS_OK;
}

/* 1 when the trial has a file of its own that counts. */
static int has_file(const archive_t *archive, const trial_t *trial, seal_t *seal) {
    char path[PATH_MAX];
    disk_about_t about;
    path_trial(archive->run_dir, trial->id, path);
    return trial_glance(path, trial->id, seal, &about) == STATUS_OK &&
           !archive_is_withdrawn(archive, trial->id, seal->checksum);
}

/* The file of its own first, and the segments as they are after that: what moved in between is in
 * one of them (archive.h). */
status_t store_peek_trial(store_lookout_t *lookout, const trial_t *trial,
                          char state[TRIAL_STATE_MAX]) {
    seal_t seal = {.state = "PENDING"};
    if (!lookout->is_open) TRY(refresh(lookout));
    int is_there = has_file(&lookout->archive, trial, &seal);
    if (!is_there) TRY(refresh(lookout));
    const holding_t *holding = is_there ? NULL : archive_find(&lookout->archive, trial->id);
    const char *found = is_there ? seal.state : holding ? holding->entry.state : "PENDING";
    snprintf(state, TRIAL_STATE_MAX, "%s", found);
    return STATUS_OK;
}
