#include "external/follow.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/scope.h"

status_t follow_open(const char *path, follow_t *follow) {
    *follow = (follow_t){.buffer = malloc(FOLLOW_PIECE)};
    snprintf(follow->path, sizeof follow->path, "%s", path);
    CHECK(follow->buffer, STATUS_ENVIRONMENT, "out of memory");
    return STATUS_OK;
}

void follow_close(follow_t *follow) {
    free(follow->buffer);
    *follow = (follow_t){0};
}

static void close_file(const int *file) {
    if (*file >= 0) close(*file);
}

static ssize_t read_at(int file, void *to, size_t size, size_t offset) {
    ssize_t n;
    do n = pread(file, to, size, (off_t)offset);
    while (n < 0 && errno == EINTR);
    return n;
}

/* Somebody may open it to write instead of to append, which empties it. */
static status_t check_tail(const follow_t *follow, int file) {
    char now[FOLLOW_TAIL];
    size_t size = follow->offset < FOLLOW_TAIL ? follow->offset : FOLLOW_TAIL;
    ssize_t n = read_at(file, now, size, follow->offset - size);
    CHECK(n == (ssize_t)size && !memcmp(now, follow->tail + FOLLOW_TAIL - size, size),
          STATUS_FAILED, "%s: what it held is gone; open it to append (>>, mode \"a\")",
          follow->path);
    return STATUS_OK;
}

static void keep_tail(follow_t *follow, const char *fresh, size_t size) {
    size_t kept = size < FOLLOW_TAIL ? FOLLOW_TAIL - size : 0;
    memmove(follow->tail, follow->tail + FOLLOW_TAIL - kept, kept);
    memcpy(follow->tail + kept, fresh + size - (FOLLOW_TAIL - kept), FOLLOW_TAIL - kept);
}

status_t follow_read(follow_t *follow) {
    HELD(close_file) int file = open(follow->path, O_RDONLY | O_CLOEXEC);
    size_t left = follow->end - follow->begin;
    if (file < 0 && errno == ENOENT && follow->offset == 0) return STATUS_OK;
    CHECK(file >= 0, STATUS_FAILED, "%s: cannot be read: %s", follow->path, strerror(errno));
    TRY(check_tail(follow, file));
    CHECK(left < FOLLOW_PIECE, STATUS_FAILED, "%s:%zu: the line is longer than %d bytes",
          follow->path, follow->line + 1, FOLLOW_PIECE);
    memmove(follow->buffer, follow->buffer + follow->begin, left);
    follow->begin = 0;
    follow->end = left;
    ssize_t n = read_at(file, follow->buffer + left, FOLLOW_PIECE - left, follow->offset);
    CHECK(n >= 0, STATUS_FAILED, "%s: cannot be read: %s", follow->path, strerror(errno));
    if (n == 0) return STATUS_OK;
    keep_tail(follow, follow->buffer + left, (size_t)n);
    follow->offset += (size_t)n;
    follow->end += (size_t)n;
    return STATUS_OK;
}

const char *follow_next(follow_t *follow, size_t *length) {
    char *from = follow->buffer + follow->begin;
    char *newline = memchr(from, '\n', follow->end - follow->begin);
    if (!newline) return NULL;
    *length = (size_t)(newline - from);
    follow->begin += *length + 1;
    follow->line++;
    return from;
}

int follow_has_more(const follow_t *follow) { return follow->end == FOLLOW_PIECE; }
