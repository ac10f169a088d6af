/* scan.h: brings a table up to date with the results.
 *
 * Rows of the index are taken for files that are as they were when it was written: of a file of its
 * own, seal, length and time stamp are looked at (one open() each; a sweep leaves a few hundred at
 * most, the rest is packed), of a segment its list, length and time stamp (one for 256 trials).
 * Only what differs is read. So a file that is cut or overwritten is noticed by everybody, but for
 * one that was changed without a trace in its length, its first 512 bytes and its time stamp:
 * that is for `koopsweep verify`, which reads all. */
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
