#include "task/token_cache.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/text.h"
#include "task/cache.h"

typedef struct header {
    char magic[8];
    uint64_t key, count, width, checksum;
} header_t;

static const char magic[8] = {'K', 'S', 'T', 'O', 'K', 'E', 'N', '1'};

static int is_sound(const data_file_t *file, uint64_t key, header_t *header) {
    if (file->size < sizeof *header) return 0;
    memcpy(header, file->bytes, sizeof *header);
    size_t bytes = file->size - sizeof *header;
    int is_width = header->width == 1 || header->width == 2 || header->width == 4;
    return memcmp(header->magic, magic, sizeof magic) == 0 && header->key == key && is_width &&
           bytes % header->width == 0 && header->count == bytes / header->width &&
           header->checksum == text_hash(file->bytes + sizeof *header, bytes);
}

int token_cache_load(uint64_t key, tokens_t *tokens) {
    char path[DATA_PATH_MAX];
    data_file_t file;
    header_t header;
    if (!cache_path(key, "tokens", path) || !data_exists(path)) return 0;
    if (data_open(path, &file) != STATUS_OK) return 0;
    if (!is_sound(&file, key, &header)) {
        data_note("%s is damaged; its text is tokenized again", path);
        data_close(&file);
        return 0;
    }
    *tokens = (tokens_t){.ids = file.bytes + sizeof header,
                         .width = (int)header.width,
                         .count = (int64_t)header.count,
                         .file = file};
    return 1;
}

static int write_file(FILE *file, uint64_t key, const tokens_t *tokens) {
    size_t bytes = (size_t)tokens->count * (size_t)tokens->width;
    header_t header = {.key = key,
                       .count = (uint64_t)tokens->count,
                       .width = (uint64_t)tokens->width,
                       .checksum = text_hash(tokens->ids, bytes)};
    memcpy(header.magic, magic, sizeof magic);
    return fwrite(&header, sizeof header, 1, file) == 1 &&
           fwrite(tokens->ids, 1, bytes, file) == bytes && fflush(file) == 0 &&
           fchmod(fileno(file), 0644) == 0;
}

void token_cache_store(uint64_t key, const tokens_t *tokens) {
    char path[DATA_PATH_MAX], fresh[DATA_PATH_MAX + 8];
    if (!cache_path(key, "tokens", path)) return;
    cache_make_folder(path);
    snprintf(fresh, sizeof fresh, "%s.XXXXXX", path);
    int descriptor = mkstemp(fresh);
    if (descriptor < 0) {
        data_note("tokens are not kept for the next trial: %s: %s", path, strerror(errno));
        return;
    }
    FILE *file = fdopen(descriptor, "wb");
    int is_written = file && write_file(file, key, tokens);
    int is_closed = (file ? fclose(file) : close(descriptor)) == 0;
    if (!is_written || !is_closed || rename(fresh, path) != 0) {
        data_note("tokens are not kept for the next trial: cannot write %s", path);
        unlink(fresh);
    }
}
