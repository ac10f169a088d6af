/* labels.h: what the data sets of a trial's file mean, in the file itself: the data set /labels, a
 * line "unit, writer, PATH, meaning" each, tabs between (in this order they deflate best).
 *
 * The lines are deflated, and the same in nearly all trials of a run: packed ones are kept, so that
 * one more trial costs no packing. One thread, like HDF5. */
#ifndef STORE_LABELS_H
#define STORE_LABELS_H

#include "store/plain_read.h"
#include "store/schema.h"

/* The labels of a record's items, and of the dimensions 0 .. n-1 that have an extent; with `record`
 * NULL of the whole schema. `chunk` is what a file takes (its address is the caller's); its bytes
 * stay for a while: until some dozen other labels were packed. */
status_t labels_pack(const record_t *record, const size_t *extent, plain_chunk_t *chunk);

/* Puts those that were found in a file's `image` into `record`, as the attributes PATH@unit,
 * PATH@writer and PATH@long_name that data sets have in older files. */
status_t labels_unpack(bytes_t *image, const plain_data_t *data, record_t *record);

#endif
