/* scan.h: brings a table up to date with the results.
 *
 * A folder that has not changed since the index saw it is not looked into: 256 calls of stat()
 * instead of one per trial. In a folder that has, every file's seal (512 bytes) is compared with
 * the checksum of its row, and only files that differ are read. A folder that changed within
 * seconds of being seen is looked into again: a later change could bear the same time stamp. Of
 * segments the lists are read; when there are others than the index saw, all folders are looked
 * into, for trials move from these into segments. */
#ifndef STORE_SCAN_H
#define STORE_SCAN_H

#include "store/archive.h"
#include "store/table.h"

/* Rows of new and changed files are read, rows of files that are gone are PENDING again, and so are
 * rows of damaged files, each with a warning. */
status_t scan_trials(const archive_t *archive, const plan_t *plan, table_t *table);

/* The table of a run: the index as far as it is current, the results themselves beyond that. The
 * caller destroys it in any case. */
status_t scan_load(const char *run_dir, const plan_t *plan, const char *const *wanted,
                   table_t *table);

#endif
