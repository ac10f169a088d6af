/* foreign.h: matrices in HDF5 files that other programs wrote. */
#ifndef STORE_FOREIGN_H
#define STORE_FOREIGN_H

#include <stdint.h>

#include "base/status.h"
#include "kernel/flt.h"

typedef struct foreign foreign_t;

/* 1 when the file begins like HDF5. */
int foreign_is_one(const char *path);

/* Opens it for reading, without HDF5's file locks. STATUS_CORRUPT with path and HDF5's reason. */
status_t foreign_open(const char *path, foreign_t **file);
void foreign_close(foreign_t **file); /* NULL is fine */

/* Rows and columns of a data set of numbers; 0 where there is none of that path, or of another
 * rank. */
int foreign_shape(const foreign_t *file, const char *name, int64_t shape[2]);

/* All its numbers, row by row, whatever their type. STATUS_CORRUPT when HDF5 cannot read them. */
status_t foreign_read(const foreign_t *file, const char *name, flt *to);

#endif
