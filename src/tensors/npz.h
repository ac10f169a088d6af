/* npz.h: members of a zip archive, as NumPy's .npz is one: stored or deflated, also beyond 4 GB
 * (libzip). Only the directory at the file's end is read at first. */
#ifndef TENSORS_NPZ_H
#define TENSORS_NPZ_H

#include <stdint.h>

#include "base/disk.h"

typedef struct npz npz_t;

int npz_is_one(const char *path); /* by its first bytes */

/* STATUS_CORRUPT with the file and what is wrong: no directory, places outside the file, two
 * members of one name. */
status_t npz_open(const char *path, npz_t **npz);
void npz_close(npz_t **npz); /* NULL inside is fine */

/* Bytes of the member of that name; -1: there is none. */
int64_t npz_size(const npz_t *npz, const char *name);

/* The first `most` bytes of a member that is there, or all; behind them is room for one more. A
 * member that is read whole is checked against its CRC. STATUS_CORRUPT with file and member: it is
 * damaged, encrypted, or packed in another way. */
status_t npz_read(const npz_t *npz, const char *name, size_t most, bytes_t *member);

#endif
