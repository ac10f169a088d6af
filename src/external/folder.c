#include "external/folder.h"

#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/disk.h"
#include "base/lines.h"
#include "base/scope.h"
#include "base/text.h"
#include "external/params.h"

/* A program that prints without end must not fill the disk. */
enum { FLOOD_BYTES = 64 << 20, ATTEMPTS_MAX = 1000000 };

const char *folder_path(const char *dir, const char *name, char path[PATH_MAX]) {
    *path = '\0';
    text_append(path, PATH_MAX, "%s/%s", dir, name);
    return path;
}

static status_t write_text(const char *dir, const char *name, const char *text) {
    char path[PATH_MAX];
    const bytes_t bytes = {(unsigned char *)text, strlen(text)};
    return disk_show(folder_path(dir, name, path), &bytes);
}

/* Without waiting for the disk, as disk_make_folder would, five times a trial: nothing in here is a
 * result. */
static status_t make(const char *dir, const char *name) {
    char path[PATH_MAX] = "";
    text_append(path, sizeof path, "%s%s%s", dir, *name ? "/" : "", name);
    CHECK(mkdir(path, 0777) == 0 || errno == EEXIST, STATUS_ENVIRONMENT,
          "%s: the folder cannot be made: %s", path, strerror(errno));
    return STATUS_OK;
}

/* And those above it. */
static status_t make_all(const char *dir) {
    char path[PATH_MAX];
    snprintf(path, sizeof path, "%s", dir);
    for (char *slash = strchr(path + 1, '/'); slash; slash = strchr(slash + 1, '/')) {
        *slash = '\0';
        if (access(path, F_OK) != 0) TRY(make(path, ""));
        *slash = '/';
    }
    return make(dir, "");
}

status_t folder_create(const char *dir, const config_t *config) {
    CHECK(strlen(dir) + 64 < PATH_MAX, STATUS_SPEC, "%s: the path of the run directory is too long",
          dir);
    TRY(make_all(dir));
    TRY(make(dir, "checkpoints"));
    TRY(make(dir, "snapshots"));
    TRY(make(dir, "attempts"));
    char *text = params_json(config);
    CHECK(text, STATUS_ENVIRONMENT, "out of memory for the parameters of a trial");
    status_t status = write_text(dir, "params.json", text);
    free(text);
    return status;
}

static const char *attempt_path(const char *dir, int attempt, char path[PATH_MAX]) {
    char name[32];
    snprintf(name, sizeof name, "attempts/%d", attempt);
    return folder_path(dir, name, path);
}

/* 1 when it was not there, and this process has made it. */
static int take_number(const char *dir, int attempt) {
    char path[PATH_MAX];
    int file =
        open(attempt_path(dir, attempt, path), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
    if (file >= 0) close(file);
    return file >= 0;
}

status_t folder_begin_attempt(const char *dir, int *attempt) {
    char line[64], path[PATH_MAX];
    errno = 0;
    for (*attempt = 0; *attempt < ATTEMPTS_MAX && !take_number(dir, *attempt); ++*attempt)
        CHECK(errno == EEXIST, STATUS_ENVIRONMENT, "%s/attempts: cannot be written: %s", dir,
              strerror(errno));
    if (*attempt == 0) return STATUS_OK;
    int size = snprintf(line, sizeof line, "{\"attempt\": %d}\n", *attempt);
    return lines_add(folder_path(dir, "metrics.jsonl", path), line, (size_t)size);
}

int folder_is_lost(const char *dir, int attempt) {
    char path[PATH_MAX];
    return access(attempt_path(dir, attempt + 1, path), F_OK) == 0;
}

/* In place, and always as long: whoever reads it sees the old number or the new one. */
void folder_note_seconds(const char *dir, int attempt, double seconds) {
    char path[PATH_MAX], text[32];
    int size = snprintf(text, sizeof text, "%20.3f\n", seconds);
    int file = open(attempt_path(dir, attempt, path), O_WRONLY | O_CLOEXEC);
    if (file < 0) return;
    ssize_t n = pwrite(file, text, (size_t)size, 0);
    (void)n;
    close(file);
}

double folder_seconds_before(const char *dir, int attempt) {
    double sum = 0;
    for (int earlier = 0; earlier < attempt; earlier++) {
        char path[PATH_MAX], text[32] = "";
        int file = open(attempt_path(dir, earlier, path), O_RDONLY | O_CLOEXEC);
        if (file < 0) continue;
        if (read(file, text, sizeof text - 1) > 0) sum += strtod(text, NULL);
        close(file);
    }
    return sum;
}

status_t folder_ask_stop(const char *dir, const char *reason) {
    char path[PATH_MAX], text[128];
    if (!reason) return disk_remove(folder_path(dir, "stop", path));
    snprintf(text, sizeof text, "%s\n", reason);
    return write_text(dir, "stop", text);
}

void folder_limit(const char *dir, const char *name) {
    char path[PATH_MAX];
    struct stat about;
    if (stat(folder_path(dir, name, path), &about) != 0 || about.st_size < FLOOD_BYTES) return;
    if (truncate(path, 0) != 0) return; /* the next look tries again */
    int file = open(path, O_WRONLY | O_APPEND | O_CLOEXEC);
    if (file >= 0) dprintf(file, "[koopsweep emptied this file at %d MiB]\n", FLOOD_BYTES >> 20);
    if (file >= 0) close(file);
}

/* Where the last `lines` lines of text[0..size) begin. */
static size_t find_last(const char *text, size_t size, int lines) {
    size_t at = size;
    while (at > 0 && (text[at - 1] == '\n' || text[at - 1] == '\r')) at--;
    while (at > 0 && (text[at - 1] != '\n' || --lines > 0)) at--;
    return at;
}

/* "a | b" of the lines a and b; what is no printable ASCII becomes a blank. `from` may lie in `to`.
 */
static void join_lines(char *from, char *to, size_t size) {
    char *copy = strdup(from);
    *to = '\0';
    for (char *rest = copy, *line; rest && (line = strsep(&rest, "\n"));) {
        for (char *c = line; *c; c++)
            if (*c < ' ' || *c > '~') *c = ' ';
        if (strspn(line, " ") < strlen(line)) text_append(to, size, "%s%s", *to ? " | " : "", line);
    }
    free(copy);
}

void folder_last_lines(const char *dir, const char *name, char *text, size_t size) {
    enum { LINES = 8 };
    char path[PATH_MAX];
    *text = '\0';
    int file = open(folder_path(dir, name, path), O_RDONLY | O_CLOEXEC);
    if (file < 0) return;
    off_t end = lseek(file, 0, SEEK_END), from = end > (off_t)size - 1 ? end - (off_t)size + 1 : 0;
    ssize_t n = pread(file, text, size - 1, from);
    close(file);
    text[n > 0 ? n : 0] = '\0';
    if (n <= 0) return;
    size_t begin = find_last(text, (size_t)n, LINES);
    join_lines(text + begin, text, size);
}

static int remove_entry(const char *path, const struct stat *about, int type, struct FTW *place) {
    (void)about, (void)type, (void)place;
    return remove(path), 0;
}

void folder_remove(const char *dir) { nftw(dir, remove_entry, 16, FTW_DEPTH | FTW_PHYS); }

status_t folder_set_aside(const char *dir) {
    char aside[PATH_MAX] = "";
    text_append(aside, sizeof aside, "%s.failed", dir);
    folder_remove(aside);
    CHECK(rename(dir, aside) == 0, STATUS_ENVIRONMENT, "%s cannot be renamed: %s", dir,
          strerror(errno));
    return STATUS_OK;
}
