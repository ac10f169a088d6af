/* dataset.h: record items in and out of an HDF5 file.
 *
 * What is smaller than 32 KiB is compact: it stands in the object's header, under its checksum.
 * Larger arrays, and columns of texts, are chunked and carry Fletcher32. Text is UTF-8 of fixed
 * length. Objects carry no time stamps: equal data, equal bytes. */
#ifndef STORE_DATASET_H
#define STORE_DATASET_H

#include "base/record.h"
#include "store/image.h"

/* A one-dimensional column of texts: at[i] borrowed. */
typedef struct texts {
    char *const *at;
    size_t count;
} texts_t;

/* Writes one array or scalar as `path` below `place`, a file or group, and opens it as `dataset`
 * (the caller releases). */
status_t dataset_put(hid_t place, const char *path, const record_item_t *item, hid_t *dataset);

/* Writes a column of texts, all as wide as the widest, deflated where HDF5 can. It has no fill
 * value, however often one text is repeated: netCDF-C reads a text's as a string of its own and
 * frees it wrongly when the file is closed (netCDF4 1.7.5). */
status_t dataset_put_texts(hid_t file, const char *path, texts_t texts, hid_t *dataset);

/* The same of few lines, deflated as far as that goes, and without room for attributes. */
status_t dataset_put_lines(hid_t file, const char *path, texts_t texts, hid_t *dataset);

/* Writes a column of `count` entries that are all the number `item`: the value stands once, in the
 * object's header, as what HDF5 fills a chunk with that was never written. Readers see the column.
 */
status_t dataset_put_constant(hid_t file, const record_item_t *item, size_t count, hid_t *dataset);

/* Makes an empty data set that grows along all axes; entries that were not written are `fill`.
 * `shape` is what to expect, for its chunks: of further axes its extent, too. The caller releases
 * it. */
hid_t dataset_create_growing(hid_t file, const char *path, record_type_t type, int rank,
                             const hsize_t *shape, const void *fill, int is_deflated);

/* Of numbers, for H5Dread and H5Dwrite. Borrowed. */
hid_t dataset_memory_type(record_type_t type);

/* Reads the data set `path` into `record` under the same path. STATUS_CORRUPT when there is none, a
 * checksum fails or its type is none of ours. */
status_t dataset_get(hid_t file, const char *path, record_t *record);

/* The same of one that is open; `path` is what it is called. */
status_t dataset_read(hid_t dataset, const char *path, record_t *record);

/* Reads a column of texts of `count` entries, or however many: calls take(context, i, text) for
 * each. */
#define DATASET_ANY SIZE_MAX
typedef void dataset_text_taker_t(void *context, size_t i, const char *text);
status_t dataset_get_texts(hid_t file, const char *path, size_t count, dataset_text_taker_t *take,
                           void *context);
status_t dataset_read_texts(hid_t dataset, const char *path, size_t count,
                            dataset_text_taker_t *take, void *context);

/* 1 when the file has an object of that path. */
int dataset_exists(hid_t file, const char *path);

#endif
