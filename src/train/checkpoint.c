#include "train/checkpoint.h"

#include <assert.h>
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/build.h"
#include "base/log.h"
#include "base/scope.h"
#include "store/seal.h"

enum { RING = 2 };
static const char kind[] = "checkpoint", build_path[] = "checkpoint/build";

static const char *slot_path(const char *folder, const char *id, int slot, char path[PATH_MAX]) {
    snprintf(path, PATH_MAX, "%s/%s.%d", folder, id, slot);
    return path;
}

/* Steps done according to the seal; -1 when there is no such file or its seal is damaged. */
static int64_t slot_step(const char *folder, const char *id, int slot) {
    char path[PATH_MAX], head[SEAL_SIZE];
    seal_t seal;
    if (disk_read_head(slot_path(folder, id, slot, path), head, sizeof head) != STATUS_OK ||
        seal_parse(head, &seal) != STATUS_OK)
        return -1;
    return strtoll(seal.state, NULL, 10);
}

/* Of the two, the one with fewer steps (also: none at all). */
static int older_slot(const char *folder, const char *id) {
    return slot_step(folder, id, 0) <= slot_step(folder, id, 1) ? 0 : 1;
}

/* A checkpoint that is further than the trial, which is at `step`, is of another story: the trial
 * began anew because it did not fit (other data, another build, damage). It would be preferred for
 * ever, so it goes first; of one story the older one does, so that there is always one to go back
 * to. */
static int slot_to_replace(const char *folder, const char *id, int64_t step) {
    int older = older_slot(folder, id);
    return slot_step(folder, id, !older) >= step ? !older : older;
}

/* Items as bytes -------------------------------------------------------------------------------
 */

typedef struct item_head {
    char path[RECORD_PATH_MAX];
    int32_t type, rank;
    uint64_t shape[RECORD_RANK_MAX];
    uint64_t bytes; /* of the numbers that follow */
} item_head_t;
static_assert(sizeof(item_head_t) == 144, "checkpoints are read by other processes");

static size_t item_bytes(const record_item_t *item) {
    return record_item_count(item) * record_type_size(item->type);
}

static unsigned char *put_item(unsigned char *at, const record_item_t *item) {
    item_head_t head = {.type = (int32_t)item->type, .rank = item->rank, .bytes = item_bytes(item)};
    memcpy(head.path, item->path, sizeof head.path);
    for (int i = 0; i < item->rank; i++) head.shape[i] = item->shape[i];
    memcpy(at, &head, sizeof head);
    memcpy(at + sizeof head, item->data, head.bytes);
    return at + sizeof head + head.bytes;
}

/* Does the head say of itself what the `left` bytes behind it can be? */
static int is_sound(const item_head_t *head, const unsigned char *data, size_t left) {
    if (!memchr(head->path, 0, sizeof head->path) || head->bytes > left) return 0;
    if (head->rank < 0 || head->rank > RECORD_RANK_MAX) return 0;
    if (head->type == RECORD_TEXT)
        return head->rank == 0 && memchr(data, 0, head->bytes) == data + head->bytes - 1;
    if (head->type < RECORD_F64 || head->type > RECORD_I32) return 0;
    size_t bytes = record_type_size((record_type_t)head->type);
    for (int i = 0; i < head->rank; i++)
        if (__builtin_mul_overflow(bytes, head->shape[i], &bytes)) return 0;
    return bytes == head->bytes;
}

/* The seal says that the bytes are as they were written, not that this build would write them so.
 */
static status_t take_items(const bytes_t *file, record_t *record) {
    const unsigned char *at = file->at + SEAL_SIZE, *end = file->at + file->size;
    while (at < end) {
        item_head_t head;
        size_t shape[RECORD_RANK_MAX], left = (size_t)(end - at);
        CHECK(left >= sizeof head, STATUS_CORRUPT, "it ends within an item");
        memcpy(&head, at, sizeof head);
        at += sizeof head;
        CHECK(is_sound(&head, at, left - sizeof head), STATUS_CORRUPT, "it holds no such items");
        for (int i = 0; i < RECORD_RANK_MAX; i++) shape[i] = head.shape[i];
        record_put(record, head.path, (record_type_t)head.type, head.rank, shape, at);
        at += head.bytes;
    }
    return STATUS_OK;
}

/* Writing and reading --------------------------------------------------------------------------
 */

static const char *this_build(char text[1024]) {
    snprintf(text, 1024, "%s %s %s %s", build_version(), build_commit(), build_compiler(),
             build_flags());
    return text;
}

status_t checkpoint_write(const char *folder, const char *id, int64_t step, const record_t *state) {
    char path[PATH_MAX], build[1024], digits[24];
    HELD(record_clear) record_t origin = {0};
    HELD(bytes_free) bytes_t file = {.size = SEAL_SIZE};
    record_put_text(&origin, build_path, this_build(build));
    const record_t *parts[] = {&origin, state};
    for (int p = 0; p < 2; p++)
        for (size_t i = 0; i < parts[p]->count; i++)
            file.size += sizeof(item_head_t) + item_bytes(&parts[p]->items[i]);
    file.at = malloc(file.size);
    CHECK(file.at, STATUS_ENVIRONMENT, "out of memory for a checkpoint of %zu bytes", file.size);
    unsigned char *at = file.at + SEAL_SIZE;
    for (int p = 0; p < 2; p++)
        for (size_t i = 0; i < parts[p]->count; i++) at = put_item(at, &parts[p]->items[i]);
    snprintf(digits, sizeof digits, "%" PRId64, step);
    seal_put(&file, kind, id, digits);
    TRY(disk_make_folder(folder));
    int slot = slot_to_replace(folder, id, step);
    TRY(disk_replace(slot_path(folder, id, slot, path), &file));
    return slot_step(folder, id, !slot) < step ? STATUS_OK
                                               : disk_remove(slot_path(folder, id, !slot, path));
}

static status_t read_slot(const char *path, const char *id, int64_t *step, record_t *state) {
    char build[1024];
    seal_t seal;
    HELD(bytes_free) bytes_t file = {0};
    TRY(disk_read(path, &file));
    TRY(seal_check(&file, kind, &seal));
    CHECK(strcmp(seal.name, id) == 0, STATUS_CORRUPT, "it is of trial %s", seal.name);
    TRY(take_items(&file, state));
    const record_item_t *origin = record_find(state, build_path);
    CHECK(origin && origin->type == RECORD_TEXT && strcmp(origin->data, this_build(build)) == 0,
          STATUS_CORRUPT, "another build of koopsweep wrote it");
    *step = strtoll(seal.state, NULL, 10);
    return STATUS_OK;
}

void checkpoint_read(const char *folder, const char *id, int64_t *step, record_t *state) {
    char path[PATH_MAX];
    int older = older_slot(folder, id);
    const int order[RING] = {!older, older};
    *step = 0;
    for (int i = 0; i < RING; i++) {
        status_t status = read_slot(slot_path(folder, id, order[i], path), id, step, state);
        if (status == STATUS_OK) return;
        record_clear(state);
        if (status != STATUS_INCOMPLETE)
            log_warning("trial %s: its checkpoint %s is passed over: %s", id, path,
                        status_message());
    }
}

void checkpoint_remove(const char *folder, const char *id) {
    char path[PATH_MAX];
    for (int slot = 0; slot < RING; slot++) unlink(slot_path(folder, id, slot, path));
}

/* Tidying --------------------------------------------------------------------------------------
 */

typedef struct tidying {
    const char *folder;
    int (*has_ended)(const void *context, const char *id);
    const void *context;
} tidying_t;

static status_t tidy_entry(void *context, const char *name) {
    const tidying_t *tidying = context;
    char id[NAME_MAX + 1];
    snprintf(id, sizeof id, "%.*s", (int)strcspn(name, "."), name);
    if (*id && tidying->has_ended(tidying->context, id)) checkpoint_remove(tidying->folder, id);
    return STATUS_OK;
}

void checkpoint_tidy(const char *folder, int (*has_ended)(const void *context, const char *id),
                     const void *context) {
    tidying_t tidying = {folder, has_ended, context};
    if (disk_remove_stale(folder) != STATUS_OK ||
        disk_list(folder, tidy_entry, &tidying) != STATUS_OK)
        log_warning("%s", status_message());
}
