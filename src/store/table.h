/* table.h: the table store_load makes, and what is needed to keep it current.
 *
 * A table that was asked for some columns holds those and "state" alone; it cannot be written as an
 * index. */
#ifndef STORE_TABLE_H
#define STORE_TABLE_H

#include <stdint.h>

#include "store/path.h"
#include "store/store.h"

typedef struct table {
    frame_t frame;             /* as store_load describes it, one row per trial of the plan     */
    const char *const *wanted; /* borrowed: scalars of the schema, NULL-terminated; NULL = all */
    uint64_t *checksum;        /* owned [rows]: in the seal of the trial's file, 0 = no file     */
    void **cells;              /* owned: each scalar's column, by the rows of the schema         */
    double scanned;            /* when the results were looked for, s since 1970; 0 = never      */
} table_t;

/* A table of the plan's trials, all PENDING. `wanted`: see above. */
status_t table_create(const plan_t *plan, const char *const *wanted, table_t *table);
void table_destroy(table_t *table); /* {0} is fine */

/* 1 when the table has a column for that scalar of the schema. */
int table_wants(const table_t *table, const schema_row_t *scalar);

/* Replaces one entry of a column of texts by a copy. (frame_set_text looks the column up each time,
 * which a hundred thousand rows feel.) Out of memory ends the program, as everywhere in frame.h. */
void table_set_text(char **entry, const char *text);

/* Fills in one row from a trial's scalars. */
void table_set_row(table_t *table, size_t row, const char *state, uint64_t checksum,
                   const record_t *scalars);

/* Makes one row PENDING again. */
void table_clear_row(table_t *table, size_t row);

#endif
