/* data_file.h: input files: mapped read-only (mapping.h), so that the ranks of one node share one
 * copy, and known by the sum of their bytes (fingerprint.h).
 *
 * Files change under a running sweep: a download goes on, a script writes its output anew. A trial
 * takes the sums of its files before it reads them and compares at its end, so that a result is of
 * one and the same data, and its record says of which. */
#ifndef TASK_DATA_FILE_H
#define TASK_DATA_FILE_H

#include <stddef.h>

#include "base/status.h"
#include "task/fingerprint.h"

enum { DATA_PATH_MAX = 2048 };

typedef struct data_file {
    const char *bytes; /* view into the mapping; NULL when the file is empty */
    size_t size;
    mapping_t *mapping;        /* owned                        */
    fingerprint_t fingerprint; /* once data_fingerprint is called */
} data_file_t;                 /* {0} is a closed one */

/* Writes data_dir/name, or name alone when it is absolute, into path[0..DATA_PATH_MAX). STATUS_SPEC
 * with the remedy when there is no data directory. */
status_t data_path(const char *data_dir, const char *name, char *path);

/* Whether `path` is there at all. */
int data_exists(const char *path);

/* A file that cannot be read is STATUS_CORRUPT with path and reason. */
status_t data_open(const char *path, data_file_t *file);
void data_close(data_file_t *file);

/* Takes the sum of an open file, before what is in it is used. STATUS_CORRUPT when this process
 * met other bytes at its path before, or it cannot be read to its end. */
status_t data_fingerprint(data_file_t *file);

/* STATUS_CORRUPT with path and sums when the file does not hold any more what it held at
 * data_fingerprint; {0} is fine. */
status_t data_check(const data_file_t *file);

/* STATUS_CORRUPT when a file that is open could not be read: what was computed from it meanwhile is
 * wrong. Costs next to nothing. */
status_t data_check_reads(void);

/* Appends "NAME SIZE bytes xxh3 SUM" of a file with its sum to text[0..size), ", " before it unless
 * it is the first. */
enum { DATA_TEXT_MAX = 512 }; /* room for the files of a task */
void data_describe(const char *name, const data_file_t *file, char *text, size_t size);

/* The same for files[0..count) of one purpose together: "NAME COUNT files SIZE bytes xxh3 SUM", of
 * several. */
void data_describe_all(const char *name, const data_file_t *files, int count, char *text,
                       size_t size);

/* Whether two texts of data_describe may be of the same files. Sums of different kinds (an older
 * one has no name and covers parts of a file only) do not compare; name and size do. */
int data_is_same(const char *then, const char *now);

/* Tells the user once per process and per text, however many trials open the same data. */
void data_note(const char *format, ...) __attribute__((format(printf, 1, 2)));

#endif
