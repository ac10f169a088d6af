/* pack.c: store_pack: many trials' files into few segments. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "base/scope.h"
#include "store/archive.h"
#include "store/trial_file.h"

enum { SEGMENT_BYTES = 64 << 20 }; /* a segment is closed when it has reached that */

typedef char trial_id_t[TRIAL_ID_LENGTH + 1];

/* The trials of the segment being filled. */
typedef struct parcel {
    bytes_t files[SEGMENT_TRIALS]; /* owned */
    seal_t seals[SEGMENT_TRIALS];
    size_t count, size;
} parcel_t;

static void parcel_empty(parcel_t *parcel) {
    for (size_t i = 0; i < parcel->count; i++) bytes_free(&parcel->files[i]);
    parcel->count = parcel->size = 0;
}

static void parcel_release(parcel_t **parcel) {
    if (*parcel) parcel_empty(*parcel);
    free(*parcel);
}

static status_t find_last(void *last, const char *name) {
    int number = path_segment_number(name);
    if (number > *(int *)last) *(int *)last = number;
    return STATUS_OK;
}

/* From here on the segment is on disk, whatever happens. */
static status_t write_segment(const char *run_dir, const parcel_t *parcel) {
    char path[PATH_MAX];
    int last = 0;
    HELD(bytes_free) bytes_t segment = {0};
    TRY(disk_make_folder(path_segments(run_dir, path)));
    TRY(disk_list(path, find_last, &last));
    TRY(segment_encode(parcel->files, parcel->seals, parcel->count, &segment));
    return disk_replace(path_segment(run_dir, last + 1, path), &segment);
}

/* Deletes a trial's own file, unless another result lies there by now. */
static status_t remove_packed(const char *run_dir, const seal_t *packed) {
    char path[PATH_MAX];
    unsigned char head[SEAL_SIZE];
    seal_t seal;
    path_trial(run_dir, packed->name, path);
    if (disk_read_head(path, head, sizeof head) != STATUS_OK) return STATUS_OK;
    if (seal_parse(head, &seal) != STATUS_OK || seal.checksum != packed->checksum) return STATUS_OK;
    return disk_remove(path);
}

/* Writes the segment, then deletes the files that are in it. */
static status_t send(const char *run_dir, parcel_t *parcel) {
    if (parcel->count == 0) return STATUS_OK;
    TRY(write_segment(run_dir, parcel));
    for (size_t i = 0; i < parcel->count; i++) TRY(remove_packed(run_dir, &parcel->seals[i]));
    parcel_empty(parcel);
    return STATUS_OK;
}

/* A damaged file stays for the next survey to find. */
static status_t add(const char *run_dir, const char *id, parcel_t *parcel) {
    char path[PATH_MAX];
    bytes_t *file = &parcel->files[parcel->count];
    status_t status =
        trial_read_file(path_trial(run_dir, id, path), id, file, &parcel->seals[parcel->count]);
    if (status != STATUS_OK) bytes_free(file);
    if (status == STATUS_CORRUPT || status == STATUS_INCOMPLETE) return STATUS_OK;
    TRY(status);
    parcel->size += file->size;
    parcel->count++;
    int is_full = parcel->count == SEGMENT_TRIALS || parcel->size >= SEGMENT_BYTES;
    return is_full ? send(run_dir, parcel) : STATUS_OK;
}

status_t store_pack(const char *run_dir, trial_id_t *ids, size_t count) {
    HELD(parcel_release) parcel_t *parcel = calloc(1, sizeof *parcel);
    CHECK(parcel, STATUS_ENVIRONMENT, "out of memory to pack trials");
    for (size_t i = 0; i < count; i++) TRY(add(run_dir, ids[i], parcel));
    return send(run_dir, parcel);
}

/* Ids of all files of their own. */
typedef struct loose {
    trial_id_t *ids; /* owned [capacity] */
    size_t count, capacity;
} loose_t;

static void loose_release(loose_t *loose) { free(loose->ids); }

static status_t note_file(void *context, const char *name) {
    loose_t *loose = context;
    if (strlen(name) != TRIAL_ID_LENGTH + 3 || strcmp(name + TRIAL_ID_LENGTH, ".h5") != 0)
        return STATUS_OK;
    if (loose->count == loose->capacity) {
        loose->capacity = 2 * loose->capacity + SEGMENT_TRIALS;
        trial_id_t *fresh = realloc(loose->ids, loose->capacity * sizeof *fresh);
        CHECK(fresh, STATUS_ENVIRONMENT, "out of memory for %zu trials", loose->capacity);
        loose->ids = fresh;
    }
    snprintf(loose->ids[loose->count++], sizeof *loose->ids, "%.*s", TRIAL_ID_LENGTH, name);
    return STATUS_OK;
}

/* While trials run, emptied folders stay: the next trial would have to make them again and flush
 * that, which costs more than its file. */
status_t store_pack_all(const char *run_dir, size_t keep) {
    char path[PATH_MAX];
    HELD(loose_release) loose_t loose = {0};
    for (int folder = 0; folder < FOLDERS; folder++)
        TRY(disk_list(path_folder(run_dir, folder, path), note_file, &loose));
    if (loose.count > keep) TRY(store_pack(run_dir, loose.ids, loose.count));
    for (int folder = 0; folder < FOLDERS; folder++)
        disk_remove_if_empty(path_folder(run_dir, folder, path));
    return STATUS_OK;
}
