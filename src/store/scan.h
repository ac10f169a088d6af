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
#include "store/store.h"
#include "store/table.h"

/* The table of a run: the index as far as it is current, the results themselves beyond that; a
 * trial whose file is damaged is PENDING, with a warning. The caller destroys it in any case. */
status_t scan_load(const char *run_dir, const plan_t *plan, const char *const *wanted,
                   table_t *table);

/* The whole table, as sweep.h5 has it. */
status_t scan_load_all(const char *run_dir, const plan_t *plan, store_weigher_t *weigh,
                       table_t *table);

#endif
