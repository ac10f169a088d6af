#include "store/segment.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "base/scope.h"
#include "base/text.h"

/* A line of the list: id, offset, size, checksum, state. */
#define LINE_FORMAT "%s %15zu %15zu %016" PRIx64 " %-11s\n"
enum { LINE = TRIAL_ID_LENGTH + 1 + 15 + 1 + 15 + 1 + 16 + 1 + 11 + 1 };

static size_t list_size(size_t count) { return SEAL_SIZE + count * LINE; }

status_t segment_encode(const bytes_t *files, const seal_t *seals, size_t count, bytes_t *segment) {
    size_t size = list_size(count), offset = size;
    char line[LINE + 32], hash[17];
    for (size_t i = 0; i < count; i++) size += files[i].size;
    segment->at = malloc(size);
    segment->size = size;
    CHECK(segment->at, STATUS_ENVIRONMENT, "out of memory for a segment of %zu bytes", size);
    for (size_t i = 0; i < count; i++) {
        int length = snprintf(line, sizeof line, LINE_FORMAT, seals[i].name, offset, files[i].size,
                              seals[i].checksum, seals[i].state);
        CHECK(length == LINE, STATUS_BUG, "trial %s does not fit into a line", seals[i].name);
        memcpy(segment->at + SEAL_SIZE + i * LINE, line, LINE);
        memcpy(segment->at + offset, files[i].at, files[i].size);
        offset += files[i].size;
    }
    bytes_t list = {segment->at, list_size(count)};
    snprintf(hash, sizeof hash, "%016" PRIx64, text_hash(list.at + SEAL_SIZE, count * LINE));
    seal_put(&list, "segment", hash, "-");
    return STATUS_OK;
}

static int parse_line(const unsigned char at[LINE], segment_entry_t *entry) {
    char line[LINE + 1] = {0};
    memcpy(line, at, LINE);
    return sscanf(line, "%12s %zu %zu %16" SCNx64 " %23s", entry->id, &entry->offset, &entry->size,
                  &entry->checksum, entry->state) == 5;
}

/* The list at the segment's beginning, every byte checked. */
static status_t read_list(const char *path, bytes_t *list, disk_about_t *about) {
    unsigned char head[SEAL_SIZE];
    seal_t seal;
    TRY(disk_look(path, head, sizeof head, about));
    TRY(seal_parse(head, &seal));
    CHECK(seal.size <= list_size(SEGMENT_TRIALS), STATUS_CORRUPT, "its list is too long");
    TRY(disk_read_part(path, 0, seal.size, list));
    return seal_check(list, "segment", &seal);
}

/* The trial whose file begins at `offset`, if one does and is whole. */
static int find_trial(const bytes_t *segment, size_t offset, segment_entry_t *entry) {
    seal_t seal;
    size_t left = segment->size - offset;
    if (left < SEAL_SIZE || seal_parse(segment->at + offset, &seal) != STATUS_OK) return 0;
    if (seal.size > left || strlen(seal.name) != TRIAL_ID_LENGTH) return 0;
    bytes_t file = {segment->at + offset, seal.size};
    if (seal_check(&file, "trial", &seal) != STATUS_OK) return 0;
    *entry = (segment_entry_t){.offset = offset, .size = seal.size, .checksum = seal.checksum};
    memcpy(entry->id, seal.name, sizeof entry->id);
    memcpy(entry->state, seal.state, sizeof entry->state);
    return 1;
}

/* Without its list: whatever begins like a trial's file and is whole is one. */
static status_t search(const char *path, segment_taker_t *take, void *context) {
    static const char mark[] = "koopsweep trial, format ";
    HELD(bytes_free) bytes_t segment = {0};
    segment_entry_t entry;
    TRY(disk_read(path, &segment));
    const unsigned char *at = segment.at, *end = segment.at + segment.size;
    while ((at = memmem(at, (size_t)(end - at), mark, strlen(mark)))) {
        int is_trial = find_trial(&segment, (size_t)(at - segment.at), &entry);
        if (is_trial) TRY(take(context, &entry));
        at += is_trial ? entry.size : strlen(mark);
    }
    return STATUS_OK;
}

status_t segment_list(const char *path, segment_taker_t *take, void *context, int *is_damaged,
                      disk_about_t *about) {
    HELD(bytes_free) bytes_t list = {0};
    segment_entry_t entry;
    *about = (disk_about_t){0};
    status_t status = read_list(path, &list, about);
    *is_damaged = status == STATUS_CORRUPT;
    if (*is_damaged) {
        log_warning("%s: its list is damaged (%s); searching it for trials", path,
                    status_message());
        return search(path, take, context);
    }
    TRY(status);
    for (size_t at = SEAL_SIZE; at + LINE <= list.size; at += LINE)
        if (parse_line(list.at + at, &entry)) TRY(take(context, &entry));
    return STATUS_OK;
}
