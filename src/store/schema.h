/* schema.h: hdf5_schemas/ as tables, and the check of a trial's record against them. */
#ifndef STORE_SCHEMA_H
#define STORE_SCHEMA_H

#include "store/store.h"

/* A dimension scale of trial files: the names in the shapes of the schema. */
typedef struct dimension_row {
    const char *name; /* "probe"                                                              */
    const char *path; /* data set with its coordinates; "" = the store writes 0 .. n-1 as name */
    size_t length;    /* 0: whatever a trial has                                             */
    const char *doc;
} dimension_row_t;
extern const dimension_row_t trial_dimensions[]; /* NULL-name-terminated */
enum { DIMENSION_MAX = 16 };
#define EXTENT_UNKNOWN SIZE_MAX

/* A row of the index: where it stands in sweep.h5. Columns of the table stand beside these. */
extern const schema_row_t index_schema[]; /* NULL-path-terminated, from hdf5_schemas/sweep.def */

/* An attribute of the root group of trial files. */
typedef struct attribute_row {
    const char *name;
    record_type_t type;
    const char *doc;
} attribute_row_t;
extern const attribute_row_t trial_attributes[]; /* NULL-name-terminated */

/* The row of that path or NULL. */
const schema_row_t *schema_find(const char *path);

/* 1 when the path is that of a dimension's counter, 0 .. n-1, as files of layout 1 hold it. */
int schema_is_counter(const char *path);

/* What axis `axis` of a row is: an index into trial_dimensions. */
int schema_axis(const schema_row_t *row, int axis);

/* "float64", "int64", "text". */
const char *schema_type_name(record_type_t type);

/* Checks every item of a record: known path, type, number of axes, one length per
 * dimension over the whole record, coordinates there. Sets extent[d] to the length of dimension d,
 * EXTENT_UNKNOWN when no item has it. `code` is what a failure is called: our bug when writing,
 * damage when reading. */
status_t schema_check(const record_t *record, status_t code, size_t extent[DIMENSION_MAX]);

#endif
