#include "profile/token_input.h"

#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "base/disk.h"
#include "base/memory.h"
#include "task/json_tokenizer.h"
#include "task/npy.h"
#include "task/token_files.h"
#include "task/tokenizer.h"

/* A .npy array, as tasks read it. */
static status_t read_array(const char *path, int32_t **ids, int64_t *count) {
    char whole[PATH_MAX];
    token_files_t files = {0};
    CHECK(realpath(path, whole), STATUS_CORRUPT, "%s: cannot be found: %s", path, strerror(errno));
    TRY(token_files_open("", whole, token_types()[0], &files));
    *count = files.stream.ends[0];
    *ids = memory_take((size_t)*count + 1, sizeof **ids, "tokens");
    for (int64_t i = 0, more; i < *count; i += more) {
        more = *count - i < INT_MAX ? *count - i : INT_MAX;
        tokens_copy(&files.stream.parts[0], i, (int)more, *ids + i);
    }
    token_files_close(&files);
    return STATUS_OK;
}

static status_t read_numbers(const char *path, char *text, int32_t **ids, int64_t *count) {
    size_t capacity = 0;
    for (char *at = text + strspn(text, " \t\r\n,[]"); *at; at += strspn(at, " \t\r\n,[]")) {
        char *end;
        long id = strtol(at, &end, 10);
        if (end == at || id < 0 || id > INT32_MAX) {
            end = at + strcspn(at, " \t\r\n,[]");
            return status_fail(STATUS_CORRUPT,
                               "%s: \"%.*s\" (number %lld) is no token id; text goes by --text",
                               path, (int)(end - at < 32 ? end - at : 32), at, (long long)*count);
        }
        if ((size_t)*count == capacity)
            *ids = memory_grow(*ids, capacity = 2 * capacity + 1024, sizeof **ids, "tokens");
        (*ids)[(*count)++] = (int32_t)id;
        at = end;
    }
    return STATUS_OK;
}

status_t token_input_read(const char *path, int32_t **ids, int64_t *count) {
    bytes_t file = {0};
    *ids = NULL;
    *count = 0;
    CHECK(disk_read(path, &file) == STATUS_OK, STATUS_CORRUPT, "%s: cannot be read: %s", path,
          strerror(errno));
    if (npy_is_one(file.at, file.size)) {
        bytes_free(&file);
        return read_array(path, ids, count);
    }
    status_t status = file.at ? STATUS_OK : STATUS_CORRUPT;
    if (file.at) file.at[file.size] = '\0';
    if (file.at) status = read_numbers(path, (char *)file.at, ids, count);
    bytes_free(&file);
    if (status == STATUS_OK && *count == 0)
        status = status_fail(STATUS_CORRUPT, "%s: holds no token ids", path);
    if (status != STATUS_OK) free(*ids);
    return status;
}

/* The beginning of a text, at most so many bytes, whole lines where it has any. */
static text_t beginning(const bytes_t *file, size_t most) {
    text_t text = {(const char *)file->at, file->size};
    if (text.length <= most) return text;
    const char *end = memrchr(text.bytes, '\n', most);
    text.length = end ? (size_t)(end + 1 - text.bytes) : most;
    return text;
}

status_t token_input_encode(const char *path, const char *tokenizer, const char *data_dir,
                            size_t most, int32_t **ids, int64_t *count) {
    bytes_t file = {0};
    tokens_t tokens = {0};
    const tokenizer_row_t *row = tokenizer_find(tokenizer);
    const tokenizer_source_t source = {.data_dir = data_dir, .vocab = row->vocab};
    CHECK(disk_read(path, &file) == STATUS_OK, STATUS_CORRUPT, "%s: cannot be read: %s", path,
          strerror(errno));
    text_t text = beginning(&file, most);
    status_t status = tokenizer_encode(row, &source, &text, 1, &tokens);
    if (status == STATUS_OK) {
        *count = tokens.count;
        *ids = memory_take((size_t)tokens.count + 1, sizeof **ids, "tokens");
        tokens_copy(&tokens, 0, (int)tokens.count, *ids);
    }
    tokens_destroy(&tokens);
    bytes_free(&file);
    return status;
}

static status_t read_json(const char *path, json_tokenizer_t **tokenizer) {
    bytes_t file = {0};
    CHECK(disk_read(path, &file) == STATUS_OK, STATUS_CORRUPT, "%s: cannot be read: %s", path,
          strerror(errno));
    status_t status = json_tokenizer_create((text_t){(const char *)file.at, file.size}, tokenizer);
    bytes_free(&file);
    return status == STATUS_OK ? status : status_context(status, "%s", path);
}

status_t token_input_encode_by(const char *path, const char *tokenizer, size_t most, int32_t **ids,
                               int64_t *count) {
    bytes_t file = {0};
    json_tokenizer_t *json;
    TRY(read_json(tokenizer, &json));
    status_t status = disk_read(path, &file);
    if (status != STATUS_OK) {
        status_fail(status = STATUS_CORRUPT, "%s: cannot be read: %s", path, strerror(errno));
    } else {
        status = json_tokenizer_encode(json, beginning(&file, most), ids, count);
        if (status != STATUS_OK) status_context(status, "%s by %s", path, tokenizer);
    }
    bytes_free(&file);
    json_tokenizer_destroy(&json);
    return status;
}
