/* data_file.h: input files, mapped read-only, so that the ranks of one node share one copy.
 *
 * A file must not shrink while a trial reads it (the kernel would stop the process). */
#ifndef TASK_DATA_FILE_H
#define TASK_DATA_FILE_H

#include <stddef.h>

#include "base/status.h"

enum { DATA_PATH_MAX = 2048 };

typedef struct data_file {
    const char *bytes; /* owned mapping; NULL when the file is empty */
    size_t size;
} data_file_t; /* {0} is a closed one */

/* Writes data_dir/name, or name alone when it is absolute, into path[0..DATA_PATH_MAX). STATUS_SPEC
 * with the remedy when there is no data directory. */
status_t data_path(const char *data_dir, const char *name, char *path);

/* Whether `path` is there at all. */
int data_exists(const char *path);

/* A file that cannot be read is STATUS_CORRUPT with path and reason. */
status_t data_open(const char *path, data_file_t *file);
void data_close(data_file_t *file);

/* Appends "NAME SIZE bytes SUM" for the file at `path` to text[0..size), ", " before it unless it
 * is the first. SUM covers the size and blocks spread evenly over the file: it tells versions of a
 * file apart without reading hundreds of megabytes for every trial. */
void data_describe(const char *name, const data_file_t *file, char *text, size_t size);

/* Tells the user once per process and per text, however many trials open the same data. */
void data_note(const char *format, ...) __attribute__((format(printf, 1, 2)));

#endif
