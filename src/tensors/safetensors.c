#include "tensors/safetensors.h"

#include <cjson/cJSON.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/disk.h"
#include "base/memory.h"

typedef struct part {
    char path[PATH_MAX];
    int fd;
} part_t;

struct safetensors {
    part_t *parts; /* owned [count] */
    int count;
    tensor_list_t list;
};

/* Exactly so many bytes from that place on. */
static status_t read_bytes(const part_t *part, uint64_t from, size_t size, void *to) {
    for (size_t done = 0; done < size;) {
        ssize_t more = pread(part->fd, (char *)to + done, size - done, (off_t)(from + done));
        if (more < 0 && errno == EINTR) continue;
        CHECK(more > 0, STATUS_CORRUPT, "%s: cannot be read from byte %llu on: %s", part->path,
              (unsigned long long)(from + done), more < 0 ? strerror(errno) : "it ends there");
        done += (size_t)more;
    }
    return STATUS_OK;
}

static status_t read_header(const part_t *part, uint64_t size, tensor_list_t *list) {
    unsigned char head[8];
    uint64_t length;
    CHECK(size >= sizeof head, STATUS_CORRUPT,
          "%s: has %llu bytes; no safetensors file is so short", part->path,
          (unsigned long long)size);
    TRY(read_bytes(part, 0, sizeof head, head));
    status_t status = header_length(head, size, &length);
    if (status != STATUS_OK) return status_context(status, "%s", part->path);
    char *text = malloc(length + 1);
    CHECK(text, STATUS_ENVIRONMENT, "%s: out of memory for its header", part->path);
    status = read_bytes(part, sizeof head, length, text);
    if (status == STATUS_OK) {
        status = header_read(text, length, size, list);
        if (status != STATUS_OK) status_context(status, "%s", part->path);
    }
    free(text);
    return status;
}

/* Moves the tensors of a part behind those there are. */
static void add_all(safetensors_t *t, tensor_list_t *more, int part) {
    size_t all = t->list.count + more->count;
    t->list.at = memory_grow(t->list.at, all + 1, sizeof *t->list.at, "tensors");
    for (size_t i = 0; i < more->count; i++) more->at[i].part = part;
    if (more->count) memcpy(t->list.at + t->list.count, more->at, more->count * sizeof *more->at);
    t->list.count = all;
    free(more->at);
}

/* `known` NULL: what its header says. */
static status_t open_part(safetensors_t *t, const char *path, const tensor_list_t *known) {
    struct stat about;
    tensor_list_t list = {0};
    int number = t->count++;
    t->parts = memory_grow(t->parts, (size_t)t->count, sizeof *t->parts, "files of a checkpoint");
    part_t *part = &t->parts[number];
    int length = snprintf(part->path, sizeof part->path, "%s", path);
    part->fd = length < PATH_MAX ? open(path, O_RDONLY | O_CLOEXEC) : -1;
    CHECK(part->fd >= 0, STATUS_CORRUPT, "%s: cannot be opened: %s", path, strerror(errno));
    CHECK(fstat(part->fd, &about) == 0 && S_ISREG(about.st_mode), STATUS_CORRUPT,
          "%s: is no ordinary file", path);
    if (known)
        list = *known;
    else
        TRY(read_header(part, (uint64_t)about.st_size, &list));
    add_all(t, &list, number);
    return STATUS_OK;
}

/* NAME in the folder of PATH, into beside[0..PATH_MAX). Names with a folder in them, which an index
 * of foreign origin might use to lead elsewhere, are refused. */
static status_t path_beside(const char *path, const char *name, char beside[PATH_MAX]) {
    const char *slash = strrchr(path, '/');
    int folder = slash ? (int)(slash + 1 - path) : 0;
    CHECK(*name && !strchr(name, '/'), STATUS_CORRUPT, "%s: \"%s\" is no file beside it", path,
          name);
    CHECK(snprintf(beside, PATH_MAX, "%.*s%s", folder, path, name) < PATH_MAX, STATUS_CORRUPT,
          "%s: the path of %s is too long", path, name);
    return STATUS_OK;
}

static int find_part(const safetensors_t *t, const char *path) {
    int i = 0;
    while (i < t->count && strcmp(t->parts[i].path, path) != 0) i++;
    return i;
}

/* Each tensor the index names is in the file it says; what files hold beside that is there too. */
static status_t check_map(const safetensors_t *t, const char *path, const cJSON *map) {
    const cJSON *item;
    cJSON_ArrayForEach(item, map) {
        char file[PATH_MAX];
        TRY(path_beside(path, item->valuestring, file));
        const tensor_entry_t *tensor = tensor_list_find(&t->list, item->string);
        CHECK(tensor && tensor->part == find_part(t, file), STATUS_CORRUPT,
              "%s: says that tensor %s is in %s, which does not have it", path, item->string,
              item->valuestring);
    }
    return STATUS_OK;
}

/* "total_size" is not looked at: converters write other numbers there. */
static status_t open_map(safetensors_t *t, const char *path, const cJSON *map) {
    const cJSON *item;
    CHECK(cJSON_IsObject(map), STATUS_CORRUPT, "%s: has no weight_map of tensors and files", path);
    cJSON_ArrayForEach(item, map) {
        char file[PATH_MAX];
        CHECK(cJSON_IsString(item), STATUS_CORRUPT, "%s: no file is named for tensor %s", path,
              item->string);
        TRY(path_beside(path, item->valuestring, file));
        if (find_part(t, file) == t->count) TRY(open_part(t, file, NULL));
    }
    status_t status = tensor_list_sort(&t->list);
    if (status != STATUS_OK) return status_context(status, "%s", path);
    return check_map(t, path, map);
}

static status_t open_index(safetensors_t *t, const char *path) {
    bytes_t file;
    status_t status = disk_read(path, &file);
    if (status != STATUS_OK) return status_fail(STATUS_CORRUPT, "%s: cannot be read", path);
    cJSON *json = cJSON_ParseWithLength((const char *)file.at, file.size);
    status = open_map(t, path, cJSON_GetObjectItemCaseSensitive(json, "weight_map"));
    cJSON_Delete(json);
    bytes_free(&file);
    return status;
}

status_t safetensors_open(const char *path, safetensors_t **out) {
    const char *end = strrchr(path, '.');
    safetensors_t *t = memory_take(1, sizeof *t, "a checkpoint");
    status_t status =
        end && strcmp(end, ".json") == 0 ? open_index(t, path) : open_part(t, path, NULL);
    if (status != STATUS_OK) safetensors_close(&t);
    *out = t;
    return status;
}

status_t safetensors_open_as(const char *path, tensor_list_t *list, safetensors_t **out) {
    safetensors_t *t = *out = memory_take(1, sizeof *t, "a checkpoint");
    status_t status = open_part(t, path, list);
    if (status != STATUS_OK) {
        tensor_list_clear(list);
        safetensors_close(out);
    }
    *list = (tensor_list_t){0};
    return status;
}

void safetensors_close(safetensors_t **out) {
    safetensors_t *t = *out;
    *out = NULL;
    if (!t) return;
    for (int i = 0; i < t->count; i++)
        if (t->parts[i].fd >= 0) close(t->parts[i].fd);
    tensor_list_clear(&t->list);
    free(t->parts);
    free(t);
}

const tensor_list_t *safetensors_list(const safetensors_t *t) { return &t->list; }

/* One of `f32` and `f64` is NULL. Read piece by piece: beside the caller's numbers only one piece
 * is ever in memory. */
static status_t read_numbers(const safetensors_t *t, const tensor_entry_t *tensor, int64_t first,
                             int64_t count, float *f32, double *f64) {
    enum { PIECE = 1 << 18 };
    const number_type_t *type = tensor->type;
    const part_t *part = &t->parts[tensor->part];
    CHECK(type && type->to_f32, STATUS_CORRUPT,
          "%s: tensor %s is of type %s; save it as F32, F16 or BF16", part->path, tensor->name,
          tensor->type_name);
    CHECK(first >= 0 && count >= 0 && count <= tensor->count - first, STATUS_CORRUPT,
          "%s: tensor %s has %lld numbers, not %lld from the %lldth on", part->path, tensor->name,
          (long long)tensor->count, (long long)count, (long long)first);
    char *piece = memory_take(PIECE, type->bytes, "a piece of a tensor");
    status_t status = STATUS_OK;
    for (int64_t done = 0, more; status == STATUS_OK && done < count; done += more) {
        uint64_t from = tensor->begin + (uint64_t)(first + done) * type->bytes;
        more = count - done < PIECE ? count - done : PIECE;
        status = read_bytes(part, from, (size_t)more * type->bytes, piece);
        if (status == STATUS_OK && f32) type->to_f32(piece, (size_t)more, f32 + done);
        if (status == STATUS_OK && f64) type->to_f64(piece, (size_t)more, f64 + done);
    }
    free(piece);
    return status;
}

status_t safetensors_read_f32(const safetensors_t *t, const tensor_entry_t *tensor, int64_t first,
                              int64_t count, float *to) {
    return read_numbers(t, tensor, first, count, to, NULL);
}

status_t safetensors_read_f64(const safetensors_t *t, const tensor_entry_t *tensor, int64_t first,
                              int64_t count, double *to) {
    return read_numbers(t, tensor, first, count, NULL, to);
}
