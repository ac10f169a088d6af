/* index.h: sweep.h5, the table of a run in one file (hdf5_schemas/sweep.def).
 *
 * Derived from the trial files and never the only place of anything. Its seal carries a hash of the
 * plan's trial ids: an index of another plan is not used. */
#ifndef STORE_INDEX_H
#define STORE_INDEX_H

#include "store/image.h"
#include "store/table.h"

/* Makes the plan's table and fills it in from the index at `path`, every byte checked.
 * STATUS_INCOMPLETE when there is none or it is of another plan or an older schema, STATUS_CORRUPT
 * when it is damaged: then the table is unfit for use. The caller destroys it in any case. */
status_t index_read(const char *path, const plan_t *plan, const char *const *wanted,
                    table_t *table);

/* Writes the same into an open file, of that format: attributes and columns, in its root. */
status_t index_put(hid_t file, const char *format, const plan_t *plan, const table_t *table);

/* Writes one more column into it, of `rows` trials: int64 under the row's path, or texts. */
status_t index_put_integers(hid_t file, const schema_row_t *row, const int64_t *values,
                            size_t rows);
status_t index_put_texts(hid_t file, const schema_row_t *row, char *const *texts, size_t rows);

/* Replaces the index at `path`. */
status_t index_write(const char *path, const plan_t *plan, const table_t *table);

#endif
