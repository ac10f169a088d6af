#include "store/merged_file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/memory.h"
#include "base/scope.h"

enum { AT_ONCE = 1 << 20, HEADER_MAX = 512 };

struct merged_file {
    char path[PATH_MAX];
    int descriptor;
    uint64_t end;         /* addresses handed out so far       */
    bytes_t waiting;      /* owned [AT_ONCE or more]: what is yet to be written before `end` */
    size_t room;          /* in `waiting`                      */
    plain_t plain;        /* owned                             */
    plain_chunk_t labels; /* without their bytes */
    uint64_t labels_at;   /* address of their object */
    size_t users;         /* links to it */
};

void merged_close(merged_file_t **file) {
    if (!*file) return;
    close((*file)->descriptor);
    bytes_free(&(*file)->waiting);
    plain_free(&(*file)->plain);
    free(*file);
    *file = NULL;
}

static status_t refused(const merged_file_t *file, const char *verb) {
    return status_fail(STATUS_ENVIRONMENT, "cannot %s %s: %s", verb, file->path, strerror(errno));
}

status_t merged_open(const char *path, merged_file_t **file) {
    struct stat about;
    merged_file_t *f = *file = memory_take(1, sizeof *f, "a merged file");
    snprintf(f->path, sizeof f->path, "%s", path);
    f->descriptor = open(path, O_RDWR | O_CLOEXEC);
    if (f->descriptor < 0 || fstat(f->descriptor, &about) != 0) return refused(f, "open");
    f->end = (uint64_t)about.st_size;
    return STATUS_OK;
}

static status_t write_at(const merged_file_t *f, uint64_t address, const void *bytes, size_t size) {
    const unsigned char *from = bytes;
    while (size > 0) {
        ssize_t done = pwrite(f->descriptor, from, size, (off_t)address);
        if (done < 0 && errno == EINTR) continue;
        if (done <= 0) return refused(f, "write");
        from += done, address += (uint64_t)done, size -= (size_t)done;
    }
    return STATUS_OK;
}

static status_t flush(merged_file_t *f) {
    TRY(write_at(f, f->end - f->waiting.size, f->waiting.at, f->waiting.size));
    f->waiting.size = 0;
    return STATUS_OK;
}

/* What f->plain has written comes next. */
static status_t append(merged_file_t *f) {
    const bytes_t *out = &f->plain.out;
    if (f->waiting.size + out->size > f->room) {
        f->room = f->waiting.size + out->size + AT_ONCE;
        f->waiting.at = memory_grow(f->waiting.at, f->room, 1, "a merged file");
    }
    memcpy(f->waiting.at + f->waiting.size, out->at, out->size);
    f->waiting.size += out->size;
    f->end += out->size;
    return f->waiting.size >= AT_ONCE ? flush(f) : STATUS_OK;
}

/* --- labels --- */

static void put_labels(merged_file_t *f) {
    plain_open_object(&f->plain);
    plain_texts(&f->plain, &f->labels);
    plain_users(&f->plain, f->users);
    plain_close_object(&f->plain);
}

status_t merged_labels(merged_file_t *f, const plain_chunk_t *chunk, uint64_t *address) {
    if (f->users++ == 0) {
        f->labels = *chunk;
        f->labels.address = f->end;
        plain_begin(&f->plain, f->end, 0);
        plain_put(&f->plain, chunk->borrowed, chunk->size);
        f->labels_at = plain_here(&f->plain);
        put_labels(f);
        TRY(append(f));
    }
    *address = f->labels_at;
    return STATUS_OK;
}

/* Now it is known how many trials link to them. */
static status_t settle_labels(merged_file_t *f) {
    if (!f->users) return STATUS_OK;
    plain_begin(&f->plain, f->labels_at, 0);
    put_labels(f);
    return write_at(f, f->labels_at, f->plain.out.at, f->plain.out.size);
}

/* --- trials --- */

/* Bytes of the object header that HDF5 wrote at `address`; 0 when it is not as expected. */
static size_t header_size(const merged_file_t *f, uint64_t address) {
    unsigned char head[HEADER_MAX] = {0};
    if (pread(f->descriptor, head, sizeof head, (off_t)address) < 32) return 0;
    if (memcmp(head, "OHDR\2", 5) != 0) return 0;
    size_t at = 6 + (head[5] & 0x20 ? 16u : 0u) + (head[5] & 0x10 ? 4u : 0u), size = 0;
    int width = 1 << (head[5] & 3);
    for (int i = width; i-- > 0;) size = size << 8 | head[at + (size_t)i];
    return size < HEADER_MAX ? at + (size_t)width + size + 4 : 0;
}

/* The group's own header: "my messages go on there", and nothing else. */
static status_t continue_group(merged_file_t *f, uint64_t group, uint64_t block, size_t size) {
    size_t room = header_size(f, group);
    CHECK(room >= PLAIN_CONTINUED_SIZE, STATUS_BUG, "%s: the group at %llu has no room", f->path,
          (unsigned long long)group);
    plain_begin(&f->plain, group, 0);
    plain_open_object(&f->plain);
    plain_continue(&f->plain, block, size, room);
    plain_close_object(&f->plain);
    return write_at(f, group, f->plain.out.at, f->plain.out.size);
}

status_t merged_put(merged_file_t *f, uint64_t group, trial_tree_t *tree) {
    uint64_t block = trial_tree_write(tree, &f->plain, f->end, 0, 1), end = tree->end;
    TRY(append(f));
    return continue_group(f, group, block, end - block);
}

status_t merged_finish(merged_file_t *f) {
    enum { END = 28, SUM = 44 };
    unsigned char head[PLAIN_HEAD];
    TRY(flush(f));
    TRY(settle_labels(f));
    if (pread(f->descriptor, head, sizeof head, 0) != sizeof head) return refused(f, "read");
    CHECK(memcmp(head, "\x89HDF\r\n\x1a\n", 8) == 0 && (head[8] == 2 || head[8] == 3), STATUS_BUG,
          "%s has a superblock that is not as expected", f->path);
    memcpy(head + END, &f->end, sizeof f->end);
    uint32_t sum = plain_checksum(head, SUM);
    memcpy(head + SUM, &sum, sizeof sum);
    return write_at(f, 0, head, sizeof head);
}
