/* zip.h: members of a zip archive, as NumPy's .npz is one: stored or deflated, also beyond 4 GB
 * (zip64). Only the directory at the file's end is read at first. */
#ifndef TENSORS_ZIP_H
#define TENSORS_ZIP_H

#include <stdint.h>

#include "base/disk.h"

typedef struct zip zip_t;

int zip_is_one(const char *path); /* by its first bytes */

/* STATUS_CORRUPT with the file and what is wrong: no directory, places outside the file, two
 * members of one name. */
status_t zip_open(const char *path, zip_t **zip);
void zip_close(zip_t **zip); /* NULL inside is fine */

/* Bytes of the member of that name; -1: there is none. */
int64_t zip_size(const zip_t *zip, const char *name);

/* The first `most` bytes of a member that is there, or all; behind them is room for one more. A
 * member that is read whole is checked against its CRC. STATUS_CORRUPT with file and member: it is
 * damaged, encrypted, or packed in another way. */
status_t zip_read(const zip_t *zip, const char *name, size_t most, bytes_t *member);

#endif
