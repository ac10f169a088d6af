/* A segment of any bytes: whatever its list says, each trial that is listed can be asked for, and
 * who asks gets its bytes or a refusal. A list whose seal was put right is read like any other. */
#include "fuzz/target.h"

#include "store/segment.h"

typedef struct listing {
    const char *path;
    size_t count;
} listing_t;

static status_t take(void *context, const segment_entry_t *entry) {
    listing_t *listing = context;
    bytes_t part = {0};
    fuzz_check(strlen(entry->id) <= TRIAL_ID_LENGTH, "an id has its length");
    fuzz_check(strlen(entry->state) < TRIAL_STATE_MAX, "a state has its length");
    status_t status = disk_read_part(listing->path, entry->offset, entry->size, &part);
    fuzz_check(status == STATUS_OK || status == STATUS_CORRUPT, "a trial is read or damaged");
    bytes_free(&part);
    listing->count++;
    return STATUS_OK;
}

/* As a writer would have sealed such a list, of all bytes but the last `rest`. */
static void seal_list(uint8_t *bytes, size_t size, size_t rest) {
    bytes_t list = {bytes, size - rest % (size - SEAL_SIZE + 1)};
    seal_put(&list, "segment", "0123456789abcdef", "-");
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    int is_damaged;
    disk_about_t about;
    uint8_t *copy = malloc(size + 1);
    if (!copy) abort();
    if (size) memcpy(copy, data, size);
    if (size > SEAL_SIZE && data[0] == '!') seal_list(copy, size, data[1]);
    const char *path = fuzz_write("one.segment", copy, size);
    listing_t listing = {path, 0};
    status_t status = segment_list(path, take, &listing, &is_damaged, &about);
    fuzz_check(status == STATUS_OK, "a segment is always listed, as far as it is whole");
    fuzz_accepted += listing.count > 0;
    free(copy);
    return 0;
}
