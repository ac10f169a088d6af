/* attribute.h: attributes in and out of an HDF5 file.
 *
 * Text is UTF-8 of variable length, which h5py hands out as str. */
#ifndef STORE_ATTRIBUTE_H
#define STORE_ATTRIBUTE_H

#include <stdint.h>

#include "base/record.h"
#include "store/image.h"

status_t attribute_put_text(hid_t object, const char *name, const char *text);
status_t attribute_put_number(hid_t object, const char *name, double value);
status_t attribute_put_integer(hid_t object, const char *name, int64_t value);
status_t attribute_put_unsigned(hid_t object, const char *name, uint64_t value);

/* The attributes every data set of ours has: unit, long_name, writer. */
status_t attribute_put_label(hid_t dataset, const char *unit, const char *long_name,
                             const char *writer);

/* Reads the attributes of an object into `record` under PREFIX and their names (unsigned ones as
 * their bits): those whose path the filter (NULL: all) says 1 to. Those with which HDF5 ties
 * dimension scales together are left out. STATUS_CORRUPT when one is neither text nor a number. */
typedef int attribute_filter_t(const void *context, const char *path);
status_t attributes_get(hid_t object, const char *prefix, attribute_filter_t *filter,
                        const void *context, record_t *record);

/* STATUS_CORRUPT when there is no integer of that name. */
status_t attribute_get_integer(hid_t object, const char *name, int64_t *value);

#endif
