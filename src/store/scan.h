/* scan.h: brings a table up to date with the trial files.
 *
 * A folder that has not changed since the index saw it is not looked into: 256 calls of stat()
 * instead of one per trial. In a folder that has, every file's seal (512 bytes) is compared with
 * the checksum of its row, and only files that differ are read. A folder that changed within
 * seconds of being seen is looked into again: a later change could bear the same time stamp. */
#ifndef STORE_SCAN_H
#define STORE_SCAN_H

#include "store/table.h"

/* Rows of new and changed files are read, rows of files that are gone are PENDING again, and so are
 * rows of damaged files, each with a warning. */
status_t scan_trials(const char *run_dir, const plan_t *plan, table_t *table);

#endif
