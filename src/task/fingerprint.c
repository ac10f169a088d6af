#include "task/fingerprint.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <xxhash.h>

#include "base/clock.h"
#include "base/disk.h"
#include "base/memory.h"
#include "base/scope.h"
#include "base/text.h"
#include "task/cache.h"
#include "task/data_file.h"

/* -- the cache ------------------------------------------------------------------------------ */

enum { NOTE_MAX = DATA_PATH_MAX + 256 };

/* What a sum is kept under: identity and path, since inodes are unique on one file system only. */
static uint64_t describe(const mapping_t *mapping, char note[NOTE_MAX]) {
    const identity_t *identity = &mapping->identity;
    snprintf(note, NOTE_MAX,
             "koopsweep sum 1\npath %s\ninode %" PRIu64 "\nsize %" PRIu64 "\nmodified %" PRId64
             ".%09" PRId64 "\nchanged %" PRId64 ".%09" PRId64 "\n",
             mapping->path, identity->inode, identity->size, identity->modified[0],
             identity->modified[1], identity->changed[0], identity->changed[1]);
    return text_hash(note, strlen(note));
}

static int recall(const mapping_t *mapping, uint64_t *sum) {
    HELD(bytes_free) bytes_t file = {0};
    char place[DATA_PATH_MAX], note[NOTE_MAX];
    uint64_t key = describe(mapping, note);
    size_t length = strlen(note);
    if (!cache_path(key, "sum", place) || !data_exists(place)) return 0;
    if (disk_read(place, &file) != STATUS_OK || file.size <= length) return 0;
    if (memcmp(file.at, note, length) != 0) return 0;
    file.at[file.size] = '\0';
    return sscanf((const char *)file.at + length, "xxh3 %16" SCNx64, sum) == 1;
}

static void keep(const mapping_t *mapping, uint64_t sum) {
    char place[DATA_PATH_MAX], note[NOTE_MAX];
    uint64_t key = describe(mapping, note);
    text_append(note, sizeof note, "xxh3 %016" PRIx64 "\n", sum);
    if (!cache_path(key, "sum", place)) return;
    cache_make_folder(place);
    disk_replace(place, &(bytes_t){(unsigned char *)note, strlen(note)});
}

/* -- sums ----------------------------------------------------------------------------------- */

static fingerprint_t sum_up(const mapping_t *mapping) {
    fingerprint_t fresh = {.identity = mapping->identity};
    int had_rested = identity_has_rested(&fresh.identity, clock_unix());
    int is_known = had_rested && recall(mapping, &fresh.sum);
    if (!is_known) fresh.sum = XXH3_64bits(mapping->bytes, mapping->size);
    identity_t after = identity_at(mapping->path);
    fresh.is_settled = had_rested && identity_is_same(&fresh.identity, &after);
    if (fresh.is_settled && !is_known) keep(mapping, fresh.sum);
    return fresh;
}

static int is_settled(const mapping_t *mapping, const fingerprint_t *then) {
    identity_t now = identity_at(mapping->path);
    return then->is_settled && identity_is_same(&then->identity, &now) &&
           identity_is_same(&then->identity, &mapping->identity);
}

/* What this process has met, by path; process-wide on purpose: a sweep opens its task per trial. */
static struct met {
    uint64_t path;
    fingerprint_t fingerprint;
} * met;
static size_t met_count;

static fingerprint_t *find(uint64_t path) {
    for (size_t i = 0; i < met_count; i++)
        if (met[i].path == path) return &met[i].fingerprint;
    return NULL;
}

status_t fingerprint_take(const mapping_t *mapping, fingerprint_t *fingerprint) {
    uint64_t path = text_hash(mapping->path, strlen(mapping->path));
    fingerprint_t *first = find(path);
    int is_known = first && is_settled(mapping, first);
    *fingerprint = is_known ? *first : sum_up(mapping);
    if (!first) {
        met = memory_grow(met, met_count + 1, sizeof *met, "sums of data files");
        met[met_count++] = (struct met){path, *fingerprint};
        return STATUS_OK;
    }
    CHECK(fingerprint->sum == first->sum && mapping->size == first->identity.size, STATUS_CORRUPT,
          "%s: has changed since this run first read it (then %" PRIu64
          " bytes with sum %016" PRIx64 ", now %zu with %016" PRIx64
          "); restore it, or run the sweep anew in another directory with --out",
          mapping->path, first->identity.size, first->sum, mapping->size, fingerprint->sum);
    *first = *fingerprint; /* touched, but the same */
    return STATUS_OK;
}

status_t fingerprint_check(const mapping_t *mapping, const fingerprint_t *then) {
    TRY(mappings_check());
    if (is_settled(mapping, then)) return STATUS_OK;
    uint64_t now = XXH3_64bits(mapping->bytes, mapping->size);
    TRY(mappings_check()); /* it may end earlier only now that all of it is read */
    CHECK(now == then->sum, STATUS_CORRUPT,
          "%s: has changed while it was in use (sum %016" PRIx64 ", now %016" PRIx64
          "); restore it, or run the sweep anew in another directory with --out",
          mapping->path, then->sum, now);
    return STATUS_OK;
}
