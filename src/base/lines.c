#include "base/lines.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "base/scope.h"

enum { PIECE = 4096 }; /* longer than any line, so that one look is mostly enough */

static void close_file(const int *descriptor) {
    if (*descriptor >= 0) close(*descriptor);
}

/* Where the last whole line ends; -1 on an error. */
static off_t find_end(int file) {
    char piece[PIECE];
    off_t end = lseek(file, 0, SEEK_END);
    while (end > 0) {
        off_t from = end > PIECE ? end - PIECE : 0;
        ssize_t n = pread(file, piece, (size_t)(end - from), from);
        if (n != end - from) return -1;
        const char *newline = memrchr(piece, '\n', (size_t)n);
        if (newline) return from + (newline - piece) + 1;
        end = from;
    }
    return end;
}

static int write_fully(int file, const char *text, size_t size) {
    while (size > 0) {
        ssize_t n = write(file, text, size);
        if (n < 0 && errno == EINTR) continue;
        if (n <= 0) return 0;
        text += n;
        size -= (size_t)n;
    }
    return 1;
}

/* What does not go in whole is taken out again: a full disk gives room to cut. */
static int add(int file, const char *text, size_t size) {
    off_t end = find_end(file);
    if (end < 0 || ftruncate(file, end) != 0) return 0;
    if (write_fully(file, text, size)) return 1;
    int error = errno;
    if (ftruncate(file, end) != 0) error = errno;
    errno = error;
    return 0;
}

status_t lines_add(const char *path, const char *text, size_t size) {
    HELD(close_file) int file = open(path, O_RDWR | O_APPEND | O_CREAT | O_CLOEXEC, 0666);
    CHECK(file >= 0 && add(file, text, size), STATUS_ENVIRONMENT, "%s: cannot be written: %s", path,
          strerror(errno));
    return STATUS_OK;
}
