#include "task/data_file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
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
    status_t status = STATUS_OK;
    struct stat about;
    *file = (data_file_t){0};
    int descriptor = open(path, O_RDONLY | O_CLOEXEC);
    CHECK(descriptor >= 0, STATUS_CORRUPT, "%s: cannot be opened: %s", path, strerror(errno));
    CHECK_OR_DONE(fstat(descriptor, &about) == 0 && S_ISREG(about.st_mode), STATUS_CORRUPT,
                  "%s: is not a file", path);
    if (about.st_size > 0) {
        void *bytes = mmap(NULL, (size_t)about.st_size, PROT_READ, MAP_SHARED, descriptor, 0);
        CHECK_OR_DONE(bytes != MAP_FAILED, STATUS_CORRUPT, "%s: cannot be mapped: %s", path,
                      strerror(errno));
        *file = (data_file_t){.bytes = bytes, .size = (size_t)about.st_size};
    }
done:
    close(descriptor);
    return status;
}

void data_close(data_file_t *file) {
    if (file->bytes) munmap((void *)file->bytes, file->size);
    *file = (data_file_t){0};
}

void data_describe(const char *name, const data_file_t *file, char *text, size_t size) {
    enum { BLOCKS = 64, BLOCK = 4096 };
    uint64_t sums[BLOCKS + 1] = {file->size};
    size_t stride = file->size / BLOCKS;
    for (size_t i = 0; i < BLOCKS; i++) {
        size_t left = file->size - i * stride;
        sums[i + 1] = text_hash(file->bytes + i * stride, left < BLOCK ? left : BLOCK);
    }
    text_append(text, size, "%s%s %zu bytes %016llx", *text ? ", " : "", name, file->size,
                (unsigned long long)text_hash(sums, sizeof sums));
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
