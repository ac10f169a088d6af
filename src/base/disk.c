#include "base/disk.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/process.h"
#include "base/scope.h"

enum { STALE_SECONDS = 3600 };

void bytes_free(bytes_t *bytes) {
    free(bytes->at);
    *bytes = (bytes_t){0};
}

/* The sentence for what the disk refused just now (errno). */
static status_t refused(const char *verb, const char *path) {
    static const struct {
        int error;
        const char *remedy;
    } remedies[] = {
        {ENOSPC, "; make room and run again: finished trials are kept"},
        {EDQUOT, "; make room and run again: finished trials are kept"},
        {EFBIG, "; raise the file size limit (ulimit -f) and run again: finished trials are kept"},
        {EROFS, "; choose a writable folder with --out"},
        {EACCES, "; choose a writable folder with --out, or mend the permissions"},
        {EPERM, "; choose a writable folder with --out, or mend the permissions"},
    };
    int error = errno;
    const char *remedy = "";
    for (size_t i = 0; i < sizeof remedies / sizeof *remedies; i++)
        if (remedies[i].error == error) remedy = remedies[i].remedy;
    return status_fail(STATUS_ENVIRONMENT, "cannot %s %s: %s%s", verb, path, strerror(error),
                       remedy);
}

/* Also on a file server, which tells a reader so whose file was deleted elsewhere meanwhile. */
static int is_gone(void) { return errno == ENOENT || errno == ESTALE; }

/* A file that could not be read: there is none, or the disk refuses. */
static status_t unreadable(const char *path) {
    if (is_gone()) return status_fail(STATUS_INCOMPLETE, "there is no file %s", path);
    return refused("read", path);
}

static void close_file(const int *descriptor) {
    if (*descriptor >= 0) close(*descriptor);
}

/* Bytes read into at[0..size), less than `size` at the end of the file, -1 on an error. */
static ssize_t read_fully(int descriptor, unsigned char *at, size_t size) {
    size_t done = 0;
    while (done < size) {
        ssize_t n = read(descriptor, at + done, size - done);
        if (n < 0 && errno == EINTR) continue;
        if (n < 0) return -1;
        if (n == 0) break;
        done += (size_t)n;
    }
    return (ssize_t)done;
}

static int write_fully(int descriptor, const unsigned char *at, size_t size) {
    while (size > 0) {
        ssize_t n = write(descriptor, at, size);
        if (n < 0 && errno == EINTR) continue;
        if (n < 0) return -1;
        at += n;
        size -= (size_t)n;
    }
    return 0;
}

status_t disk_read(const char *path, bytes_t *file) {
    HELD(close_file) int descriptor = open(path, O_RDONLY | O_CLOEXEC);
    struct stat about;
    if (descriptor < 0 || fstat(descriptor, &about) != 0) return unreadable(path);
    CHECK(S_ISREG(about.st_mode), STATUS_CORRUPT, "%s is not a regular file", path);
    bytes_t fresh = {.size = (size_t)about.st_size};
    fresh.at = malloc(fresh.size + 1);
    CHECK(fresh.at, STATUS_ENVIRONMENT, "out of memory for %s (%zu bytes)", path, fresh.size);
    ssize_t n = read_fully(descriptor, fresh.at, fresh.size);
    if (n < 0) {
        status_t status = unreadable(path);
        free(fresh.at);
        return status;
    }
    fresh.size = (size_t)n; /* less when somebody cuts it meanwhile: the seal will tell */
    *file = fresh;
    return STATUS_OK;
}

status_t disk_look(const char *path, void *head, size_t size, disk_about_t *about) {
    HELD(close_file) int descriptor = open(path, O_RDONLY | O_CLOEXEC);
    struct stat found;
    if (descriptor < 0 || fstat(descriptor, &found) != 0) return unreadable(path);
    ssize_t n = read_fully(descriptor, head, size);
    if (n < 0) return unreadable(path);
    CHECK((size_t)n == size, STATUS_CORRUPT, "%s has only %zd bytes", path, n);
    about->size = (size_t)found.st_size;
    about->modified = (double)found.st_mtim.tv_sec + 1e-9 * (double)found.st_mtim.tv_nsec;
    return STATUS_OK;
}

status_t disk_read_head(const char *path, void *head, size_t size) {
    disk_about_t about;
    return disk_look(path, head, size, &about);
}

status_t disk_read_part(const char *path, size_t offset, size_t size, bytes_t *part) {
    HELD(close_file) int descriptor = open(path, O_RDONLY | O_CLOEXEC);
    struct stat about;
    if (descriptor < 0 || fstat(descriptor, &about) != 0) return unreadable(path);
    size_t whole = (size_t)about.st_size; /* what the file says of itself may be anything */
    CHECK(offset <= whole && size <= whole - offset, STATUS_CORRUPT,
          "%s has only %zu bytes, not %zu from its byte %zu on", path, whole, size, offset);
    HELD(bytes_free) bytes_t fresh = {malloc(size + 1), size};
    CHECK(fresh.at, STATUS_ENVIRONMENT, "out of memory for %s (%zu bytes)", path, size);
    int is_there = lseek(descriptor, (off_t)offset, SEEK_SET) >= 0;
    ssize_t n = is_there ? read_fully(descriptor, fresh.at, size) : -1;
    if (n < 0) return unreadable(path);
    CHECK((size_t)n == size, STATUS_CORRUPT, "%s ends before its byte %zu", path, offset + size);
    *part = fresh;
    fresh = (bytes_t){0};
    return STATUS_OK;
}

/* Makes a rename, a new file or a new folder in `folder` last. */
static int sync_folder(const char *folder) {
    HELD(close_file) int descriptor = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    return descriptor < 0 ? -1 : fsync(descriptor);
}

/* Splits off what comes before the last '/'; "." when there is none. */
static const char *folder_of(const char *path, char folder[PATH_MAX]) {
    snprintf(folder, PATH_MAX, "%s", path);
    char *slash = strrchr(folder, '/');
    if (!slash) return ".";
    slash[slash == folder] = '\0'; /* of "/name" the slash stays */
    return folder;
}

void disk_temporary(const char *path, char temporary[PATH_MAX]) {
    char folder[PATH_MAX], writer[PROCESS_NAME_MAX];
    const char *slash = strrchr(path, '/');
    process_t self = process_self();
    process_name(&self, writer);
    int n = snprintf(temporary, PATH_MAX, "%s/.%s~%s", folder_of(path, folder),
                     slash ? slash + 1 : path, writer);
    if (n >= PATH_MAX) temporary[0] = '\0'; /* open() then refuses it */
}

static int write_temporary(const char *temporary, const bytes_t *file, int is_flushed) {
    int descriptor = open(temporary, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
    if (descriptor < 0) return -1;
    int failed = write_fully(descriptor, file->at, file->size) != 0;
    failed = failed || (is_flushed && fsync(descriptor) != 0);
    int error = errno;
    if (close(descriptor) != 0 && !failed) return -1; /* NFS reports a full disk here */
    errno = error;
    return failed ? -1 : 0;
}

static status_t put(const char *path, const bytes_t *file, int is_flushed) {
    char temporary[PATH_MAX];
    disk_temporary(path, temporary);
    if (write_temporary(temporary, file, is_flushed) == 0 && rename(temporary, path) == 0)
        return STATUS_OK;
    status_t status = refused("write", path);
    unlink(temporary);
    return status;
}

status_t disk_show(const char *path, const bytes_t *file) { return put(path, file, 0); }

status_t disk_replace(const char *path, const bytes_t *file) {
    char folder[PATH_MAX];
    TRY(put(path, file, 1));
    return sync_folder(folder_of(path, folder)) == 0 ? STATUS_OK : refused("write", path);
}

status_t disk_rename(const char *path, const char *fresh_path) {
    char folder[PATH_MAX];
    if (rename(path, fresh_path) != 0 || sync_folder(folder_of(path, folder)) != 0)
        return refused("rename", path);
    return STATUS_OK;
}

status_t disk_settle(const char *path, const char *fresh_path) {
    HELD(close_file) int descriptor = open(path, O_RDONLY | O_CLOEXEC);
    if (descriptor < 0 || fsync(descriptor) != 0) return refused("write", path);
    return disk_rename(path, fresh_path);
}

status_t disk_remove(const char *path) {
    return unlink(path) == 0 || errno == ENOENT ? STATUS_OK : refused("remove", path);
}

void disk_remove_if_empty(const char *folder) { rmdir(folder); }

static status_t make_one_folder(const char *path) {
    struct stat about;
    char above[PATH_MAX];
    if (mkdir(path, 0777) == 0)
        return sync_folder(folder_of(path, above)) == 0 ? STATUS_OK : refused("make", path);
    int error = errno; /* EEXIST, or EROFS although it is there */
    if (stat(path, &about) == 0 && S_ISDIR(about.st_mode)) return STATUS_OK;
    errno = error;
    return refused("make the folder", path);
}

status_t disk_make_folder(const char *path) {
    char part[PATH_MAX];
    CHECK(snprintf(part, sizeof part, "%s", path) < (int)sizeof part, STATUS_ENVIRONMENT,
          "cannot make the folder %.100s...: the name is too long", path);
    for (char *slash = strchr(part + 1, '/'); slash; slash = strchr(slash + 1, '/')) {
        *slash = '\0';
        TRY(make_one_folder(part));
        *slash = '/';
    }
    return make_one_folder(part);
}

static void close_folder(DIR **directory) {
    if (*directory) closedir(*directory);
}

status_t disk_list(const char *folder, disk_visit_t *visit, void *context) {
    HELD(close_folder) DIR *directory = opendir(folder);
    if (!directory) return errno == ENOENT ? STATUS_OK : refused("read the folder", folder);
    for (;;) {
        errno = 0; /* readdir() tells its end from a failure by nothing else */
        const struct dirent *entry = readdir(directory);
        if (!entry) return errno == 0 ? STATUS_OK : refused("read the folder", folder);
        if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0) continue;
        TRY(visit(context, entry->d_name));
    }
}

/* What has become of the writer of ".NAME~WRITER"; 0 when the file is not called so. */
static int writer_fate(const char *name, process_fate_t *fate) {
    const char *writer = strchr(name, '~');
    return name[0] == '.' && writer > name + 1 && process_name_fate(writer + 1, fate);
}

int disk_is_temporary(const char *name) {
    process_fate_t fate;
    return writer_fate(name, &fate);
}

static int is_stale(const char *path, const char *name) {
    struct stat about;
    process_fate_t fate;
    if (!writer_fate(name, &fate)) return 0;
    if (fate != PROCESS_ELSEWHERE) return fate == PROCESS_DEAD;
    return lstat(path, &about) == 0 && clock_unix() - (double)about.st_mtime > STALE_SECONDS;
}

static status_t remove_if_stale(void *folder, const char *name) {
    char path[PATH_MAX];
    int length = snprintf(path, sizeof path, "%s/%s", (const char *)folder, name);
    if (length < (int)sizeof path && is_stale(path, name) && unlink(path) != 0)
        return refused("remove", path);
    return STATUS_OK;
}

status_t disk_remove_stale(const char *folder) {
    return disk_list(folder, remove_if_stale, (void *)folder);
}
