#include "tensors/zip.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>

#include "base/memory.h"

/* Signatures and lengths of the structures of PKWARE's APPNOTE.TXT, 6.3.10. All little-endian. */
enum {
    LOCAL = 0x04034b50,
    LOCAL_SIZE = 30,
    ENTRY = 0x02014b50,
    ENTRY_SIZE = 46,
    END = 0x06054b50,
    END_SIZE = 22,
    COMMENT_MAX = 65535,
    END_64 = 0x06064b50,
    END_64_SIZE = 56,
    LOCATOR = 0x07064b50,
    LOCATOR_SIZE = 20,
    STORED = 0,
    DEFLATED = 8,
    RATIO_MAX = 1032 /* of deflate: what claims more is damaged */
};

typedef struct member {
    char *name; /* owned */
    uint64_t packed, size, local;
    uint32_t crc;
    unsigned method, flags;
} member_t;

struct zip {
    char path[PATH_MAX];
    int fd;
    uint64_t size;
    member_t *members; /* owned [count] */
    size_t count;
};

static uint64_t number(const unsigned char *at, int bytes) {
    uint64_t x = 0;
    while (bytes--) x = x << 8 | at[bytes];
    return x;
}

/* Exactly so many bytes from that place on. */
static status_t read_at(const zip_t *zip, uint64_t from, size_t size, void *to) {
    CHECK(from <= zip->size && size <= zip->size - from, STATUS_CORRUPT,
          "%s: points to byte %llu of a file of %llu: it is truncated", zip->path,
          (unsigned long long)(from + size), (unsigned long long)zip->size);
    for (size_t done = 0; done < size;) {
        ssize_t more = pread(zip->fd, (char *)to + done, size - done, (off_t)(from + done));
        if (more < 0 && errno == EINTR) continue;
        CHECK(more > 0, STATUS_CORRUPT, "%s: cannot be read from byte %llu on: %s", zip->path,
              (unsigned long long)(from + done), more < 0 ? strerror(errno) : "it ends there");
        done += (size_t)more;
    }
    return STATUS_OK;
}

/* --- the directory --- */

typedef struct directory {
    uint64_t count, size, begin;
} directory_t;

/* The last place that looks like the end record; a comment may follow it. */
static status_t find_end(const zip_t *zip, unsigned char end[END_SIZE], uint64_t *place) {
    size_t room = END_SIZE + COMMENT_MAX < zip->size ? END_SIZE + COMMENT_MAX : (size_t)zip->size;
    unsigned char *tail = memory_take(room + 1, 1, "the end of an archive");
    status_t status = read_at(zip, zip->size - room, room, tail);
    size_t at = room < END_SIZE ? 0 : room - END_SIZE + 1;
    while (status == STATUS_OK && at > 0 && number(tail + at - 1, 4) != END) at--;
    if (status == STATUS_OK && at > 0) {
        memcpy(end, tail + at - 1, END_SIZE);
        *place = zip->size - room + at - 1;
    }
    free(tail);
    CHECK(status != STATUS_OK || at > 0, STATUS_CORRUPT,
          "%s: has no directory at its end; it is truncated or no zip archive", zip->path);
    return status;
}

/* Numbers that are too large for the end record stand in another one before it. */
static status_t read_large_end(const zip_t *zip, uint64_t end, directory_t *d) {
    unsigned char locator[LOCATOR_SIZE], large[END_64_SIZE];
    CHECK(end >= LOCATOR_SIZE, STATUS_CORRUPT, "%s: has no room for its zip64 record", zip->path);
    TRY(read_at(zip, end - LOCATOR_SIZE, sizeof locator, locator));
    CHECK(number(locator, 4) == LOCATOR, STATUS_CORRUPT, "%s: lacks its zip64 record", zip->path);
    TRY(read_at(zip, number(locator + 8, 8), sizeof large, large));
    CHECK(number(large, 4) == END_64, STATUS_CORRUPT, "%s: lacks its zip64 record", zip->path);
    *d = (directory_t){number(large + 32, 8), number(large + 40, 8), number(large + 48, 8)};
    return STATUS_OK;
}

static status_t find_directory(const zip_t *zip, directory_t *d) {
    unsigned char end[END_SIZE];
    uint64_t place = 0;
    TRY(find_end(zip, end, &place));
    *d = (directory_t){number(end + 10, 2), number(end + 12, 4), number(end + 16, 4)};
    if (d->count == UINT16_MAX || d->size == UINT32_MAX || d->begin == UINT32_MAX)
        TRY(read_large_end(zip, place, d));
    CHECK(d->size <= zip->size && d->count <= d->size / ENTRY_SIZE, STATUS_CORRUPT,
          "%s: a directory of %llu bytes does not hold %llu members", zip->path,
          (unsigned long long)d->size, (unsigned long long)d->count);
    return STATUS_OK;
}

/* Extra field 1: those of the numbers, in this order, that did not fit. */
static int read_large(const unsigned char *extra, size_t length, member_t *m) {
    uint64_t *const wanted[] = {&m->size, &m->packed, &m->local};
    while (length >= 4 && number(extra, 2) != 1) {
        size_t whole = 4 + (size_t)number(extra + 2, 2);
        if (whole > length) return 0;
        extra += whole, length -= whole;
    }
    size_t there = length >= 4 ? (size_t)number(extra + 2, 2) : 0, used = 0;
    if (there > (length >= 4 ? length - 4 : 0)) return 0;
    for (int i = 0; i < 3; i++) {
        if (*wanted[i] != UINT32_MAX) continue;
        if (used + 8 > there) return 0;
        *wanted[i] = number(extra + 4 + used, 8);
        used += 8;
    }
    return 1;
}

/* One entry of the directory at `at`; how long it is, 0: it does not fit into the `left` bytes. */
static size_t read_member(const unsigned char *at, size_t left, member_t *m) {
    if (left < ENTRY_SIZE || number(at, 4) != ENTRY) return 0;
    size_t name = (size_t)number(at + 28, 2), extra = (size_t)number(at + 30, 2);
    size_t whole = ENTRY_SIZE + name + extra + (size_t)number(at + 32, 2);
    if (whole > left) return 0;
    *m = (member_t){.flags = (unsigned)number(at + 8, 2),
                    .method = (unsigned)number(at + 10, 2),
                    .crc = (uint32_t)number(at + 16, 4),
                    .packed = number(at + 20, 4),
                    .size = number(at + 24, 4),
                    .local = number(at + 42, 4)};
    m->name = memory_take(name + 1, 1, "the name of a member");
    memcpy(m->name, at + ENTRY_SIZE, name);
    return read_large(at + ENTRY_SIZE + name, extra, m) ? whole : 0;
}

static status_t check_member(const zip_t *zip, const member_t *m) {
    int is_sensible = m->method == STORED     ? m->packed == m->size
                      : m->method == DEFLATED ? m->size / RATIO_MAX <= m->packed
                                              : 1;
    CHECK(m->packed <= zip->size && is_sensible, STATUS_CORRUPT,
          "%s: member %s: %llu bytes do not unpack to %llu", zip->path, m->name,
          (unsigned long long)m->packed, (unsigned long long)m->size);
    for (const member_t *other = zip->members; other < m; other++)
        CHECK(strcmp(other->name, m->name) != 0, STATUS_CORRUPT, "%s: member %s is there twice",
              zip->path, m->name);
    return STATUS_OK;
}

static status_t read_members(zip_t *zip, const unsigned char *text, const directory_t *d) {
    size_t at = 0;
    zip->members = memory_take((size_t)d->count + 1, sizeof *zip->members, "members");
    while (zip->count < d->count) {
        member_t *m = &zip->members[zip->count++];
        size_t length = read_member(text + at, (size_t)d->size - at, m);
        CHECK(length, STATUS_CORRUPT, "%s: entry %zu of its directory is damaged", zip->path,
              zip->count - 1);
        TRY(check_member(zip, m));
        at += length;
    }
    return STATUS_OK;
}

static status_t read_directory(zip_t *zip) {
    directory_t d;
    TRY(find_directory(zip, &d));
    unsigned char *text = malloc((size_t)d.size + 1);
    CHECK(text, STATUS_ENVIRONMENT, "%s: out of memory for its directory", zip->path);
    status_t status = read_at(zip, d.begin, (size_t)d.size, text);
    if (status == STATUS_OK) status = read_members(zip, text, &d);
    free(text);
    return status;
}

/* --- members --- */

static const member_t *find(const zip_t *zip, const char *name) {
    for (size_t i = 0; i < zip->count; i++)
        if (strcmp(zip->members[i].name, name) == 0) return &zip->members[i];
    return NULL;
}

int64_t zip_size(const zip_t *zip, const char *name) {
    const member_t *m = find(zip, name);
    return m ? (int64_t)m->size : -1;
}

/* The member's local header says where its bytes begin. */
static status_t find_bytes(const zip_t *zip, const member_t *m, uint64_t *begin) {
    unsigned char local[LOCAL_SIZE];
    TRY(read_at(zip, m->local, sizeof local, local));
    CHECK(number(local, 4) == LOCAL, STATUS_CORRUPT, "%s: member %s is not where it should be",
          zip->path, m->name);
    *begin = m->local + LOCAL_SIZE + number(local + 26, 2) + number(local + 28, 2);
    return STATUS_OK;
}

/* Piece by piece: beside what is unpacked only one piece is ever in memory. */
static status_t unpack(const zip_t *zip, const member_t *m, uint64_t begin, bytes_t *to) {
    enum { PIECE = 1 << 18 };
    status_t status = STATUS_OK;
    z_stream stream = {.next_out = to->at};
    unsigned char *piece = memory_take(PIECE, 1, "a piece of a member");
    size_t left = to->size;
    int result = inflateInit2(&stream, -MAX_WBITS);
    for (uint64_t done = 0; result == Z_OK && left > 0 && done < m->packed;) {
        size_t more = m->packed - done < PIECE ? (size_t)(m->packed - done) : PIECE;
        TRY_OR_DONE(read_at(zip, begin + done, more, piece));
        stream.next_in = piece;
        stream.avail_in = (unsigned)more;
        while (result == Z_OK && left > 0 && stream.avail_in > 0) {
            unsigned room = left < PIECE ? (unsigned)left : PIECE;
            stream.avail_out = room;
            result = inflate(&stream, Z_NO_FLUSH);
            left -= room - stream.avail_out;
        }
        done += more;
    }
    if (left > 0)
        status = status_fail(STATUS_CORRUPT, "%s: member %s is damaged: %s", zip->path, m->name,
                             stream.msg ? stream.msg : "it ends too early");
done:
    inflateEnd(&stream);
    free(piece);
    return status;
}

static status_t check_sum(const zip_t *zip, const member_t *m, const bytes_t *whole) {
    uLong crc = crc32_z(0, whole->at, whole->size);
    CHECK(crc == m->crc, STATUS_CORRUPT, "%s: member %s is damaged: its CRC is %08lx, not %08x",
          zip->path, m->name, crc, m->crc);
    return STATUS_OK;
}

status_t zip_read(const zip_t *zip, const char *name, size_t most, bytes_t *bytes) {
    const member_t *m = find(zip, name);
    uint64_t begin = 0;
    CHECK((m->method == STORED || m->method == DEFLATED) && !(m->flags & 1), STATUS_CORRUPT,
          "%s: member %s is %s; save it with numpy.savez or savez_compressed", zip->path, name,
          m->flags & 1 ? "encrypted" : "packed in another way");
    TRY(find_bytes(zip, m, &begin));
    *bytes = (bytes_t){.size = m->size < most ? (size_t)m->size : most};
    bytes->at = malloc(bytes->size + 1);
    CHECK(bytes->at, STATUS_ENVIRONMENT, "%s: out of memory for %s", zip->path, name);
    status_t status = m->method == STORED ? read_at(zip, begin, bytes->size, bytes->at)
                                          : unpack(zip, m, begin, bytes);
    if (status == STATUS_OK && bytes->size == m->size) status = check_sum(zip, m, bytes);
    if (status != STATUS_OK) bytes_free(bytes);
    return status;
}

/* --- the file --- */

int zip_is_one(const char *path) {
    unsigned char head[4];
    if (disk_read_head(path, head, sizeof head) != STATUS_OK) return 0;
    return number(head, 4) == LOCAL || number(head, 4) == END;
}

static status_t open_file(const char *path, zip_t *zip) {
    struct stat about;
    size_t length = strlen(path);
    CHECK(length < sizeof zip->path, STATUS_CORRUPT, "%.60s...: the path is too long", path);
    memcpy(zip->path, path, length + 1);
    zip->fd = open(path, O_RDONLY | O_CLOEXEC);
    CHECK(zip->fd >= 0 && fstat(zip->fd, &about) == 0 && S_ISREG(about.st_mode), STATUS_CORRUPT,
          "%s: cannot be opened", path);
    zip->size = (uint64_t)about.st_size;
    return read_directory(zip);
}

status_t zip_open(const char *path, zip_t **out) {
    zip_t *zip = *out = memory_take(1, sizeof *zip, "an archive");
    zip->fd = -1;
    status_t status = open_file(path, zip);
    if (status != STATUS_OK) zip_close(out);
    return status;
}

void zip_close(zip_t **out) {
    zip_t *zip = *out;
    *out = NULL;
    if (!zip) return;
    if (zip->fd >= 0) close(zip->fd);
    for (size_t i = 0; i < zip->count; i++) free(zip->members[i].name);
    free(zip->members);
    free(zip);
}
