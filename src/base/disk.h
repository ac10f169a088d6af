/* disk.h: files read and written whole.
 *
 * A file written here is either absent, or the old one, or the new one, also after a crash of the
 * process or the machine: temporary name in the same folder, write, fsync, rename, fsync of the
 * folder. Temporaries are called ".NAME~WRITER" (process_name), so that one left by a dead writer
 * can be told from one of a live writer. No file locks: works on file systems without them.
 *
 * What the disk refuses (full, read-only, no permission) is STATUS_ENVIRONMENT with the path, the
 * system's reason and a remedy; nothing is left behind then. */
#ifndef BASE_DISK_H
#define BASE_DISK_H

#include <limits.h>
#include <stddef.h>

#include "base/status.h"

typedef struct bytes {
    unsigned char *at; /* owned, malloc'd; NULL when empty */
    size_t size;
} bytes_t;

void bytes_free(bytes_t *bytes); /* {0} is fine; leaves {0} */

/* Reads a whole file; behind its bytes is room for one more, a terminator. STATUS_INCOMPLETE when
 * there is none. */
status_t disk_read(const char *path, bytes_t *file);

/* Reads the first `size` bytes; STATUS_CORRUPT when the file is shorter. */
status_t disk_read_head(const char *path, void *head, size_t size);

/* The same, and what the file system says of the whole file. */
typedef struct disk_about {
    size_t size;
    double modified; /* seconds since 1970 */
} disk_about_t;
status_t disk_look(const char *path, void *head, size_t size, disk_about_t *about);

/* Reads `size` bytes from `offset` on; STATUS_CORRUPT when the file ends before, however much that
 * is: nothing is allocated then. */
status_t disk_read_part(const char *path, size_t offset, size_t size, bytes_t *part);

/* Puts a file there, over an older one. */
status_t disk_replace(const char *path, const bytes_t *file);

/* The same without waiting for the disk, for what is rewritten every other second: after a crash of
 * the machine it may be gone or empty, of the process alone never. */
status_t disk_show(const char *path, const bytes_t *file);

/* Gives a file another name in its folder, over a file that has it. */
status_t disk_rename(const char *path, const char *fresh_path);

/* The same for a file another library wrote: flushes it first. */
status_t disk_settle(const char *path, const char *fresh_path);

/* Deletes a file, and a folder if it is empty; one that is not there is fine. */
status_t disk_remove(const char *path);
void disk_remove_if_empty(const char *folder);

/* Makes a folder and the ones above it where they are missing. */
status_t disk_make_folder(const char *path);

/* Calls visit(context, name) for every entry of a folder until one fails, and passes that on. A
 * folder that is not there has no entries. */
typedef status_t disk_visit_t(void *context, const char *name);
status_t disk_list(const char *folder, disk_visit_t *visit, void *context);

/* Under which name this process writes `path` before it is whole: for who has to do so by hand. ""
 * when that is too long. */
void disk_temporary(const char *path, char temporary[PATH_MAX]);

/* 1 when disk_replace would use such a file name while it writes. */
int disk_is_temporary(const char *name);

/* Deletes the temporaries in a folder whose writers are dead: no such process any more, or, where
 * that cannot be told (another machine or container), older than an hour; a write takes
 * milliseconds. */
status_t disk_remove_stale(const char *folder);

#endif
