#include "task/data_file.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/log.h"
#include "base/text.h"

status_t data_path(const char *data_dir, const char *name, char *path) {
    CHECK(data_dir[0] || name[0] == '/', STATUS_SPEC,
          "no data directory to look for %s in: set task.data_dir in the sweep file, or "
          "KOOPSWEEP_DATA in the environment",
          name);
    int length = name[0] == '/' ? snprintf(path, DATA_PATH_MAX, "%s", name)
                                : snprintf(path, DATA_PATH_MAX, "%s/%s", data_dir, name);
    CHECK(length < DATA_PATH_MAX, STATUS_SPEC, "the path of %.80s... is longer than %d bytes", name,
          DATA_PATH_MAX - 1);
    return STATUS_OK;
}

int data_exists(const char *path) { return access(path, F_OK) == 0; }

status_t data_open(const char *path, data_file_t *file) {
    *file = (data_file_t){0};
    TRY(mapping_open(path, &file->mapping));
    file->bytes = file->mapping->bytes;
    file->size = file->mapping->size;
    return STATUS_OK;
}

void data_close(data_file_t *file) {
    mapping_close(&file->mapping);
    *file = (data_file_t){0};
}

status_t data_fingerprint(data_file_t *file) {
    TRY(fingerprint_take(file->mapping, &file->fingerprint));
    return mappings_check();
}

status_t data_check(const data_file_t *file) {
    return file->mapping ? fingerprint_check(file->mapping, &file->fingerprint) : STATUS_OK;
}

status_t data_check_reads(void) { return mappings_check(); }

void data_describe(const char *name, const data_file_t *file, char *text, size_t size) {
    text_append(text, size, "%s%s %zu bytes xxh3 %016llx", *text ? ", " : "", name, file->size,
                (unsigned long long)file->fingerprint.sum);
}

void data_describe_all(const char *name, const data_file_t *files, int count, char *text,
                       size_t size) {
    uint64_t sum = 0;
    size_t bytes = 0;
    if (count == 1) {
        data_describe(name, files, text, size);
        return;
    }
    for (int i = 0; i < count; i++) { /* the order counts, too */
        uint64_t parts[] = {sum, files[i].size, files[i].fingerprint.sum};
        sum = text_hash(parts, sizeof parts);
        bytes += files[i].size;
    }
    text_append(text, size, "%s%s %d files %zu bytes xxh3 %016llx", *text ? ", " : "", name, count,
                bytes, (unsigned long long)sum);
}

/* The sum of a file's description, behind "bytes ". */
static const char *sum_of(const char *item, const char *end) {
    static const char mark[] = " bytes ";
    const char *found = memmem(item, (size_t)(end - item), mark, sizeof mark - 1);
    return found ? found + sizeof mark - 1 : end;
}

/* Length of the kind's name with its space; 0: the old kind, without one. */
static size_t kind_length(const char *sum, const char *end) {
    const char *space = memchr(sum, ' ', (size_t)(end - sum));
    return space ? (size_t)(space + 1 - sum) : 0;
}

static int is_same_item(const char *a, const char *a_end, const char *b, const char *b_end) {
    const char *a_sum = sum_of(a, a_end), *b_sum = sum_of(b, b_end);
    size_t kind = kind_length(a_sum, a_end);
    int is_kind = kind == kind_length(b_sum, b_end) && memcmp(a_sum, b_sum, kind) == 0;
    if (!is_kind) a_end = a_sum, b_end = b_sum;
    return a_end - a == b_end - b && memcmp(a, b, (size_t)(a_end - a)) == 0;
}

int data_is_same(const char *then, const char *now) {
    for (;;) {
        const char *then_end = then + strcspn(then, ","), *now_end = now + strcspn(now, ",");
        if (*then_end != *now_end || !is_same_item(then, then_end, now, now_end)) return 0;
        if (!*then_end) return 1;
        then = then_end + 2;
        now = now_end + 2;
    }
}

void data_note(const char *format, ...) {
    enum { NOTES_MAX = 16 };
    static uint64_t told[NOTES_MAX]; /* process-wide on purpose: a sweep opens its task per trial */
    static int told_count;
    char note[1024];
    va_list args;
    va_start(args, format);
    vsnprintf(note, sizeof note, format, args);
    va_end(args);
    uint64_t hash = text_hash(note, strlen(note));
    for (int i = 0; i < told_count; i++) {
        if (told[i] == hash) return;
    }
    if (told_count < NOTES_MAX) told[told_count++] = hash;
    log_info("%s", note);
}
