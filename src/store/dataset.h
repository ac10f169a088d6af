/* dataset.h: record items in and out of an HDF5 file.
 *
 * Scalars are compact data sets: their value stands in the object's header, under its checksum.
 * Arrays are chunked and carry Fletcher32. Text is UTF-8 of fixed length. Objects carry no time
 * stamps: equal data, equal bytes. */
#ifndef STORE_DATASET_H
#define STORE_DATASET_H

#include "base/record.h"
#include "store/image.h"

/* A one-dimensional column of texts: at[i] borrowed. */
typedef struct texts {
    char *const *at;
    size_t count;
} texts_t;

/* Writes one array or scalar under item->path and opens it as `dataset` (the caller releases). */
status_t dataset_put(hid_t file, const record_item_t *item, hid_t *dataset);

/* Writes a column of texts, all as wide as the widest, deflated where HDF5 can. It has no fill
 * value, however often one text is repeated: netCDF-C reads a text's as a string of its own and
 * frees it wrongly when the file is closed (netCDF4 1.7.5). */
status_t dataset_put_texts(hid_t file, const char *path, texts_t texts, hid_t *dataset);

/* Writes a column of `count` entries that are all the number `item`: the value stands once, in the
 * object's header, as what HDF5 fills a chunk with that was never written. Readers see the column.
 */
status_t dataset_put_constant(hid_t file, const record_item_t *item, size_t count, hid_t *dataset);

/* Reads the data set `path` into `record` under the same path. STATUS_CORRUPT when there is none, a
 * checksum fails or its type is none of ours. */
status_t dataset_get(hid_t file, const char *path, record_t *record);

/* Reads a column of texts of `count` entries: calls take(context, i, text) for each. */
typedef void dataset_text_taker_t(void *context, size_t i, const char *text);
status_t dataset_get_texts(hid_t file, const char *path, size_t count, dataset_text_taker_t *take,
                           void *context);

/* 1 when the file has an object of that path. */
int dataset_exists(hid_t file, const char *path);

#endif
