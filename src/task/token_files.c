#include "task/token_files.h"

#include <glob.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "base/text.h"
#include "task/magic.h"
#include "task/npy.h"

typedef struct type {
    const char *name;
    int width;
    char kind; /* NumPy's letter */
} type_t;

static const type_t types[] = {
    {"uint8", 1, 'u'}, {"uint16", 2, 'u'}, {"uint32", 4, 'u'},
    {"int32", 4, 'i'}, {"int64", 8, 'i'},  {"uint64", 8, 'u'},
};
enum { TYPES = sizeof types / sizeof types[0] };

const char *const *token_types(void) {
    static const char *names[TYPES + 1];
    for (int i = 0; i < TYPES; i++) names[i] = types[i].name;
    return names;
}

static const type_t *find_type(const char *name) {
    for (int i = 0; i < TYPES; i++)
        if (strcmp(types[i].name, name) == 0) return &types[i];
    return NULL;
}

static int is_known(char kind, int width) {
    for (int i = 0; i < TYPES; i++)
        if (types[i].kind == kind && types[i].width == width) return 1;
    return 0;
}

/* -- one file ------------------------------------------------------------------------------ */

static status_t view_array(const data_file_t *file, tokens_t *tokens) {
    npy_t npy;
    TRY(npy_read(file->bytes, file->size, &npy));
    CHECK(is_known(npy.kind, npy.width), STATUS_CORRUPT,
          "its numbers are of type %c%d; token ids are u1, u2, u4, u8, i4 or i8", npy.kind,
          npy.width);
    CHECK(npy.offset % (size_t)npy.width == 0, STATUS_CORRUPT,
          "its numbers begin at byte %zu, between two of their places", npy.offset);
    *tokens = (tokens_t){.ids = file->bytes + npy.offset, .width = npy.width, .count = npy.count};
    return STATUS_OK;
}

/* Ids of 16 bits and more have bytes that no text has: text would make ids that exist, too. */
static int looks_like_text(const data_file_t *file) {
    enum { LOOK = 4096, LEAST = 64 };
    size_t length = file->size < LOOK ? file->size : LOOK;
    for (size_t i = 0; i < length; i++) {
        unsigned char byte = (unsigned char)file->bytes[i];
        if (byte < ' ' && !strchr("\t\n\v\f\r", byte ? byte : 1)) return 0;
    }
    return length >= LEAST;
}

/* llm.c's files begin with a header of 256 numbers of 32 bits, the first of which is the day of its
 * format. */
static int has_header_of_llm_c(const data_file_t *file) {
    enum { FORMAT_GPT2 = 20240520, FORMAT_LLAMA3 = 20240801 };
    int32_t first = 0;
    if (file->size >= 1024) memcpy(&first, file->bytes, sizeof first);
    return first == FORMAT_GPT2 || first == FORMAT_LLAMA3;
}

static status_t view_numbers(const data_file_t *file, const type_t *type, tokens_t *tokens) {
    const magic_t *magic = magic_find(file->bytes, file->size);
    if (magic && magic->kind != MAGIC_WIDE_TEXT) /* whose marks may be ids */
        return status_fail(STATUS_CORRUPT,
                           "it holds no plain token ids: it is %s; numpy.save makes a file of ids",
                           magic->what);
    CHECK(!has_header_of_llm_c(file), STATUS_CORRUPT,
          "it has llm.c's header; cut it off: tail -c +1025");
    CHECK(type->width == 1 || !looks_like_text(file), STATUS_CORRUPT,
          "it looks like a text; that is read with task.name: text");
    CHECK(file->size % (size_t)type->width == 0, STATUS_CORRUPT,
          "its %zu bytes are no whole number of ids of %d; what is their task.dtype?", file->size,
          type->width);
    *tokens = (tokens_t){.ids = file->bytes,
                         .width = type->width,
                         .count = (int64_t)(file->size / (size_t)type->width)};
    return STATUS_OK;
}

/* -- the ids ------------------------------------------------------------------------------- */

/* As they are in the file, read without a sign: negative ones are very large. */
static uint64_t id_at(const tokens_t *tokens, int64_t i) {
    switch (tokens->width) {
    case 1:
        return ((const uint8_t *)tokens->ids)[i];
    case 2:
        return ((const uint16_t *)tokens->ids)[i];
    case 4:
        return ((const uint32_t *)tokens->ids)[i];
    default:
        return ((const uint64_t *)tokens->ids)[i];
    }
}

static int64_t first_beyond(const tokens_t *tokens, uint64_t limit) {
    int64_t i = 0;
    while (i < tokens->count && id_at(tokens, i) <= limit) i++;
    return i;
}

#define LARGEST(type)                                                                              \
    do {                                                                                           \
        const type *ids = tokens->ids;                                                             \
        type most = 0;                                                                             \
        for (int64_t i = 0; i < tokens->count; i++) most = ids[i] > most ? ids[i] : most;          \
        return most;                                                                               \
    } while (0)

/* A loop for each width, which the compiler makes as fast as memory. */
static uint64_t find_largest(const tokens_t *tokens) {
    if (tokens->width == 1) LARGEST(uint8_t);
    if (tokens->width == 2) LARGEST(uint16_t);
    if (tokens->width == 4) LARGEST(uint32_t);
    LARGEST(uint64_t);
}

/* What this process has found, since a sweep opens its task per trial. A sum of the whole file
 * stands for its ids. */
static struct seen { uint64_t key, largest; } * seen;
static size_t seen_count;

static uint64_t largest_of(const data_file_t *file, const tokens_t *tokens) {
    uint64_t parts[] = {file->fingerprint.sum, file->size, (uint64_t)tokens->width};
    uint64_t key = text_hash(parts, sizeof parts);
    for (size_t i = 0; i < seen_count; i++)
        if (seen[i].key == key) return seen[i].largest;
    seen = memory_grow(seen, seen_count + 1, sizeof *seen, "token files");
    seen[seen_count] = (struct seen){key, find_largest(tokens)};
    return seen[seen_count++].largest;
}

static status_t look_at(const data_file_t *file, const tokens_t *tokens, int64_t *largest) {
    uint64_t here = tokens->count ? largest_of(file, tokens) : 0;
    if (here > INT32_MAX) {
        int64_t at = first_beyond(tokens, INT32_MAX);
        return status_fail(STATUS_CORRUPT,
                           "its token %lld is %llu (%lld with a sign); ids are 0 .. %d. Is another "
                           "type than that of %d bytes meant (task.dtype)?",
                           (long long)at, (unsigned long long)id_at(tokens, at),
                           tokens->width == 4 ? (long long)(int32_t)id_at(tokens, at)
                                              : (long long)id_at(tokens, at),
                           INT32_MAX, tokens->width);
    }
    if (tokens->count && (int64_t)here > *largest) *largest = (int64_t)here;
    return STATUS_OK;
}

/* -- all of them --------------------------------------------------------------------------- */

static int by_version(const void *left, const void *right) {
    const char *const *a = left, *const *b = right;
    return strverscmp(*a, *b);
}

static status_t open_one(const char *path, const type_t *type, data_file_t *file, tokens_t *tokens,
                         int64_t *largest) {
    TRY(data_open(path, file));
    status_t status = npy_is_one(file->bytes, file->size) ? view_array(file, tokens)
                                                          : view_numbers(file, type, tokens);
    if (status == STATUS_OK) status = data_fingerprint(file);
    if (status == STATUS_OK) status = look_at(file, tokens, largest);
    return status == STATUS_OK ? status : status_context(status, "%s", path);
}

static status_t open_all(char **paths, const type_t *type, token_files_t *files) {
    status_t status = STATUS_OK;
    tokens_t *parts = calloc((size_t)files->count, sizeof *parts);
    files->files = calloc((size_t)files->count, sizeof *files->files);
    files->largest = -1;
    CHECK_OR_DONE(parts && files->files, STATUS_ENVIRONMENT, "no memory for %d files",
                  files->count);
    for (int i = 0; i < files->count; i++)
        TRY_OR_DONE(open_one(paths[i], type, &files->files[i], &parts[i], &files->largest));
    TRY_OR_DONE(token_stream_create(parts, files->count, &files->stream));
done:
    free(parts);
    return status;
}

status_t token_files_open(const char *data_dir, const char *name, const char *type,
                          token_files_t *files) {
    char path[DATA_PATH_MAX], *single[1] = {path};
    glob_t found = {0};
    *files = (token_files_t){0};
    TRY(data_path(data_dir, name, path));
    int is_single = data_exists(path); /* also when its name has the letters of a pattern */
    if (!is_single && glob(path, GLOB_NOSORT, NULL, &found) != 0) {
        globfree(&found);
        return status_fail(STATUS_CORRUPT, "%s: there is no such file, nor one that fits it", path);
    }
    if (!is_single) qsort(found.gl_pathv, found.gl_pathc, sizeof *found.gl_pathv, by_version);
    files->count = is_single ? 1 : (int)found.gl_pathc;
    status_t status = open_all(is_single ? single : found.gl_pathv, find_type(type), files);
    if (!is_single) globfree(&found);
    if (status != STATUS_OK) token_files_close(files);
    return status;
}

void token_files_close(token_files_t *files) {
    token_stream_destroy(&files->stream);
    for (int i = 0; files->files && i < files->count; i++) data_close(&files->files[i]);
    free(files->files);
    *files = (token_files_t){0};
}

status_t token_files_check_vocab(const token_files_t *files, int vocab) {
    for (int i = 0; files->largest >= vocab && i < files->count; i++) {
        const tokens_t *tokens = &files->stream.parts[i];
        int64_t at = first_beyond(tokens, (uint64_t)vocab - 1);
        CHECK(
            at == tokens->count, STATUS_CORRUPT,
            "%s: its token %lld is %llu, but task.vocab %d takes 0 .. %d; raise it, or leave it 0 "
            "for the largest id that occurs",
            files->files[i].mapping->path, (long long)at, (unsigned long long)id_at(tokens, at),
            vocab, vocab - 1);
    }
    return STATUS_OK;
}
