#include "store/archive.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/memory.h"
#include "base/scope.h"
#include "base/text.h"

/* Makes room for one more entry behind array[0..count): at 0, 1, 2, 4, 8 ... entries. */
static void *with_room(void *array, size_t count, size_t size) {
    if (count & (count - 1)) return array;
    return memory_grow(array, count ? 2 * count : 1, size, "the list of results");
}

/* --- segments --- */

static status_t note_segment(void *context, const char *name) {
    archive_t *archive = context;
    int number = path_segment_number(name);
    if (number < 0) return STATUS_OK;
    archive->segments =
        with_room(archive->segments, archive->segment_count, sizeof *archive->segments);
    archive->segments[archive->segment_count++] = (segment_file_t){.number = number};
    return STATUS_OK;
}

static int compare_numbers(const void *a, const void *b) {
    return ((const segment_file_t *)a)->number - ((const segment_file_t *)b)->number;
}

struct listing {
    archive_t *archive;
    int segment;
};

static status_t note_holding(void *context, const segment_entry_t *entry) {
    const struct listing *listing = context;
    archive_t *archive = listing->archive;
    if (archive_is_withdrawn(archive, entry->id, entry->checksum)) return STATUS_OK;
    archive->holdings = with_room(archive->holdings, archive->count, sizeof *archive->holdings);
    archive->holdings[archive->count++] = (holding_t){*entry, listing->segment};
    return STATUS_OK;
}

/* By id, the newest of each first. */
static int compare_holdings(const void *a, const void *b) {
    const holding_t *x = a, *y = b;
    int order = strcmp(x->entry.id, y->entry.id);
    return order ? order : y->segment - x->segment;
}

static void keep_newest(archive_t *archive) {
    size_t kept = 0;
    if (archive->count)
        qsort(archive->holdings, archive->count, sizeof *archive->holdings, compare_holdings);
    for (size_t i = 0; i < archive->count; i++) {
        const holding_t *holding = &archive->holdings[i];
        if (kept && strcmp(archive->holdings[kept - 1].entry.id, holding->entry.id) == 0) continue;
        archive->holdings[kept++] = *holding;
    }
    archive->count = kept;
}

/* A folder that changes while it is listed may show a later segment and hide an earlier one. What
 * two looks in a row agree on has no such gap. */
static status_t find_segments(archive_t *archive) {
    char path[PATH_MAX];
    size_t before;
    do {
        before = archive->segment_count;
        archive->segment_count = 0;
        TRY(disk_list(path_segments(archive->run_dir, path), note_segment, archive));
    } while (archive->segment_count != before);
    if (archive->segment_count)
        qsort(archive->segments, archive->segment_count, sizeof *archive->segments,
              compare_numbers);
    return STATUS_OK;
}

static status_t read_list(archive_t *archive, segment_file_t *segment) {
    char path[PATH_MAX];
    struct listing listing = {archive, segment->number};
    int is_damaged;
    path_segment(archive->run_dir, segment->number, path);
    TRY(segment_list(path, note_holding, &listing, &is_damaged, &segment->about));
    archive->damaged_lists += (size_t)is_damaged;
    return STATUS_OK;
}

static status_t list_segments(archive_t *archive) {
    TRY(find_segments(archive));
    for (size_t i = 0; i < archive->segment_count; i++)
        TRY(read_list(archive, &archive->segments[i]));
    keep_newest(archive);
    return STATUS_OK;
}

/* Segments are numbered one by one and never go, so the number after the last tells of more. */
static int has_more(const archive_t *archive, char path[PATH_MAX]) {
    size_t count = archive->segment_count;
    int next = count ? archive->segments[count - 1].number + 1 : 1;
    return access(path_segment(archive->run_dir, next, path), F_OK) == 0;
}

status_t archive_refresh(archive_t *archive) {
    char path[PATH_MAX];
    size_t before = archive->segment_count;
    while (has_more(archive, path)) {
        TRY(note_segment(archive, strrchr(path, '/') + 1));
        TRY(read_list(archive, &archive->segments[archive->segment_count - 1]));
    }
    if (archive->segment_count != before) keep_newest(archive);
    return STATUS_OK;
}

/* --- withdrawn results --- */

status_t archive_read_withdrawn(archive_t *archive) {
    char path[PATH_MAX];
    HELD(bytes_free) bytes_t file = {0};
    status_t status = disk_read(path_withdrawn(archive->run_dir, path), &file);
    if (status == STATUS_INCOMPLETE) return STATUS_OK;
    TRY(status);
    file.at[file.size] = '\0'; /* disk_read leaves room */
    withdrawal_t one;
    int length;
    for (const char *at = (const char *)file.at;
         sscanf(at, "%12s %16" SCNx64 " %n", one.id, &one.checksum, &length) == 2; at += length) {
        archive->withdrawn =
            with_room(archive->withdrawn, archive->withdrawn_count, sizeof *archive->withdrawn);
        archive->withdrawn[archive->withdrawn_count++] = one;
    }
    return STATUS_OK;
}

int archive_is_withdrawn(const archive_t *archive, const char *id, uint64_t checksum) {
    for (size_t i = 0; i < archive->withdrawn_count; i++)
        if (archive->withdrawn[i].checksum == checksum && !strcmp(archive->withdrawn[i].id, id))
            return 1;
    return 0;
}

/* --- the whole --- */

status_t archive_open(const char *run_dir, archive_t *archive) {
    *archive = (archive_t){.run_dir = run_dir};
    status_t status = archive_read_withdrawn(archive);
    if (status == STATUS_OK) status = list_segments(archive);
    if (status != STATUS_OK) archive_close(archive);
    return status;
}

void archive_close(archive_t *archive) {
    free(archive->segments);
    free(archive->holdings);
    free(archive->withdrawn);
    *archive = (archive_t){0};
}

const holding_t *archive_find(const archive_t *archive, const char *id) {
    holding_t wanted = {.segment = 0};
    size_t low = 0, high = archive->count;
    snprintf(wanted.entry.id, sizeof wanted.entry.id, "%s", id);
    while (low < high) {
        size_t middle = (low + high) / 2;
        int order = strcmp(archive->holdings[middle].entry.id, wanted.entry.id);
        if (order == 0) return &archive->holdings[middle];
        *(order < 0 ? &low : &high) = order < 0 ? middle + 1 : middle;
    }
    return NULL;
}

int archive_is_as_it_was(const archive_t *archive, const holding_t *holding, double when) {
    const segment_file_t wanted = {.number = holding->segment};
    const segment_file_t *segment =
        bsearch(&wanted, archive->segments, archive->segment_count, sizeof wanted, compare_numbers);
    const segment_entry_t *entry = &holding->entry;
    return segment && segment->about.modified <= when && entry->offset <= segment->about.size &&
           entry->size <= segment->about.size - entry->offset;
}

/* The trial's own file, unless what it holds was withdrawn. */
static status_t fetch_own(const archive_t *archive, const char *path, const char *id,
                          bytes_t *file) {
    seal_t seal;
    TRY(disk_read(path, file));
    int is_withdrawn = archive->withdrawn_count && file->size >= SEAL_SIZE &&
                       seal_parse(file->at, &seal) == STATUS_OK &&
                       archive_is_withdrawn(archive, id, seal.checksum);
    if (!is_withdrawn) return STATUS_OK;
    bytes_free(file);
    return status_fail(STATUS_INCOMPLETE, "%s was withdrawn", path);
}

static status_t fetch_holding(const archive_t *archive, const holding_t *holding, bytes_t *file,
                              char where[PATH_MAX]) {
    char path[PATH_MAX];
    const segment_entry_t *entry = &holding->entry;
    path_segment(archive->run_dir, holding->segment, path);
    snprintf(where, PATH_MAX, "%.*s, trial %s", PATH_MAX - 32, path, entry->id);
    status_t status = disk_read_part(path, entry->offset, entry->size, file);
    /* Gone since its list was read: removed by hand. */
    return status == STATUS_INCOMPLETE ? status_fail(STATUS_CORRUPT, "%s is gone", path) : status;
}

status_t archive_fetch(archive_t *archive, const char *id, bytes_t *file, char where[PATH_MAX]) {
    status_t status = fetch_own(archive, path_trial(archive->run_dir, id, where), id, file);
    if (status != STATUS_INCOMPLETE) return status;
    TRY(archive_refresh(archive));
    const holding_t *holding = archive_find(archive, id);
    return holding ? fetch_holding(archive, holding, file, where) : status;
}

static status_t check(bytes_t *file, const char *id, seal_t *seal) {
    TRY(seal_check(file, "trial", seal));
    CHECK(strcmp(seal->name, id) == 0, STATUS_CORRUPT, "it is the file of trial %s", seal->name);
    return STATUS_OK;
}

status_t archive_read(archive_t *archive, const char *id, bytes_t *file, seal_t *seal) {
    char where[PATH_MAX];
    status_t status = archive_fetch(archive, id, file, where);
    if (status == STATUS_OK) status = check(file, id, seal);
    return status == STATUS_CORRUPT ? status_context(status, "%s: damaged", where) : status;
}
