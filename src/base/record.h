/* record.h: what one trial leaves behind, in memory: named arrays.
 *
 * The trainer and the probes put arrays in under the paths listed in hdf5_schemas/; the store
 * writes them out. So nothing that computes needs to know HDF5. */
#ifndef BASE_RECORD_H
#define BASE_RECORD_H

#include <stddef.h>
#include <stdint.h>

#include "base/status.h"

typedef enum { RECORD_F64, RECORD_F32, RECORD_I64, RECORD_I32, RECORD_TEXT } record_type_t;

enum { RECORD_PATH_MAX = 96, RECORD_RANK_MAX = 4 };

typedef struct record_item {
    char path[RECORD_PATH_MAX]; /* "series/loss"                                           */
    record_type_t type;
    int rank; /* 0 = scalar                                              */
    size_t shape[RECORD_RANK_MAX];
    void *data; /* owned; row-major; RECORD_TEXT: a terminated string, rank 0 */
} record_item_t;

typedef struct record {
    record_item_t *items; /* owned, in the order put in */
    size_t count, capacity;
    uint32_t *places; /* owned: 1 + number of the item, by the hash of its path; 0 = free */
} record_t;

/* Copies the array in; an item of the same path is replaced. `shape` may be NULL when rank is 0.
 * Aborts when memory is out. */
void record_put(record_t *record, const char *path, record_type_t type, int rank,
                const size_t *shape, const void *data);

/* Shorthands for scalars and one-dimensional float64 arrays. */
void record_put_f64(record_t *record, const char *path, double value);
void record_put_i64(record_t *record, const char *path, int64_t value);
void record_put_text(record_t *record, const char *path, const char *text);
void record_put_vector(record_t *record, const char *path, const double *x, size_t n);

/* The item of that path or NULL. Borrowed. */
const record_item_t *record_find(const record_t *record, const char *path);

/* Copies the `count` elements of an item out. STATUS_CORRUPT when there is no such item, or one of
 * another type or number of elements. */
status_t record_get(const record_t *record, const char *path, record_type_t type, size_t count,
                    void *to);

/* Number of elements and bytes per element of an item (text: length with its terminator, 1). */
size_t record_item_count(const record_item_t *item);
size_t record_type_size(record_type_t type);

/* Frees all items; {0} is fine; leaves {0}. */
void record_clear(record_t *record);

#endif
