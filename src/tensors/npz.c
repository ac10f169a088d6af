#include "tensors/npz.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <zip.h>

#include "base/memory.h"

enum { RATIO_MAX = 1032 }; /* of deflate: what claims more is damaged */

struct npz {
    char path[PATH_MAX];
    zip_t *zip; /* owned */
    uint64_t size;
};

int npz_is_one(const char *path) {
    unsigned char head[4];
    if (disk_read_head(path, head, sizeof head) != STATUS_OK) return 0;
    return memcmp(head, "PK\3\4", 4) == 0 || memcmp(head, "PK\5\6", 4) == 0;
}

static status_t open_file(const char *path, npz_t *a) {
    struct stat about;
    size_t length = strlen(path);
    int code = 0;
    CHECK(length < sizeof a->path, STATUS_CORRUPT, "%.60s...: the path is too long", path);
    memcpy(a->path, path, length + 1);
    CHECK(stat(path, &about) == 0 && S_ISREG(about.st_mode), STATUS_CORRUPT, "%s: cannot be opened",
          path);
    a->size = (uint64_t)about.st_size;
    a->zip = zip_open(path, ZIP_RDONLY, &code);
    if (a->zip) return STATUS_OK;
    zip_error_t error;
    zip_error_init_with_code(&error, code);
    status_t status = status_fail(STATUS_CORRUPT, "%s: is truncated, or no zip archive: %s", path,
                                  zip_error_strerror(&error));
    zip_error_fini(&error);
    return status;
}

static status_t refuse_twins(const npz_t *a) {
    for (zip_int64_t i = 0; i < zip_get_num_entries(a->zip, 0); i++) {
        const char *name = zip_get_name(a->zip, (zip_uint64_t)i, ZIP_FL_ENC_RAW);
        CHECK(name && zip_name_locate(a->zip, name, ZIP_FL_ENC_RAW) == i, STATUS_CORRUPT,
              "%s: member %s is there twice", a->path, name ? name : "without a name");
    }
    return STATUS_OK;
}

status_t npz_open(const char *path, npz_t **out) {
    npz_t *a = *out = memory_take(1, sizeof *a, "an archive");
    status_t status = open_file(path, a);
    if (status == STATUS_OK) status = refuse_twins(a);
    if (status != STATUS_OK) npz_close(out);
    return status;
}

void npz_close(npz_t **out) {
    npz_t *a = *out;
    *out = NULL;
    if (!a) return;
    if (a->zip) zip_discard(a->zip);
    free(a);
}

static int find(const npz_t *a, const char *name, zip_stat_t *about) {
    zip_int64_t place = zip_name_locate(a->zip, name, ZIP_FL_ENC_RAW);
    return place >= 0 && zip_stat_index(a->zip, (zip_uint64_t)place, 0, about) == 0;
}

int64_t npz_size(const npz_t *a, const char *name) {
    zip_stat_t about;
    return find(a, name, &about) ? (int64_t)about.size : -1;
}

/* What the directory says of a member, before any memory is taken for it. */
static status_t check_member(const npz_t *a, const zip_stat_t *m) {
    int is_plain = m->comp_method == ZIP_CM_STORE || m->comp_method == ZIP_CM_DEFLATE;
    CHECK(is_plain && m->encryption_method == ZIP_EM_NONE, STATUS_CORRUPT,
          "%s: member %s is %s; save it with numpy.savez or savez_compressed", a->path, m->name,
          is_plain ? "encrypted" : "packed in another way");
    CHECK(m->comp_size <= a->size && m->size / RATIO_MAX <= m->comp_size, STATUS_CORRUPT,
          "%s: member %s: %llu bytes do not unpack to %llu", a->path, m->name,
          (unsigned long long)m->comp_size, (unsigned long long)m->size);
    return STATUS_OK;
}

/* Fills `to`; with is_whole the member must end there, and its CRC be right. */
static int unpack(zip_file_t *file, int is_whole, bytes_t *to) {
    size_t done = 0;
    zip_int64_t more = 1;
    unsigned char beyond;
    while (done < to->size && more > 0) {
        more = zip_fread(file, to->at + done, to->size - done);
        if (more > 0) done += (size_t)more;
    }
    return done == to->size && (!is_whole || zip_fread(file, &beyond, 1) == 0);
}

static status_t read_member(const npz_t *a, const zip_stat_t *m, bytes_t *bytes) {
    zip_file_t *file = zip_fopen_index(a->zip, m->index, 0);
    CHECK(file, STATUS_CORRUPT, "%s: member %s cannot be read: %s", a->path, m->name,
          zip_strerror(a->zip));
    int is_good = unpack(file, bytes->size == m->size, bytes);
    const char *why = zip_error_code_zip(zip_file_get_error(file)) ? zip_file_strerror(file)
                                                                   : "it has another length";
    status_t status = is_good ? STATUS_OK
                              : status_fail(STATUS_CORRUPT, "%s: member %s is damaged: %s", a->path,
                                            m->name, why);
    zip_fclose(file);
    return status;
}

status_t npz_read(const npz_t *a, const char *name, size_t most, bytes_t *bytes) {
    zip_stat_t about;
    CHECK(find(a, name, &about), STATUS_CORRUPT, "%s: has no member %s", a->path, name);
    TRY(check_member(a, &about));
    *bytes = (bytes_t){.size = about.size < most ? (size_t)about.size : most};
    bytes->at = malloc(bytes->size + 1);
    CHECK(bytes->at, STATUS_ENVIRONMENT, "%s: out of memory for %s", a->path, name);
    status_t status = read_member(a, &about, bytes);
    if (status != STATUS_OK) bytes_free(bytes);
    return status;
}
