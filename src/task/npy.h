/* npy.h: NumPy's file format for one array (numpy.lib.format, versions 1 to 3): a magic, the length
 * of a header, the header (a Python dictionary as text), the numbers. */
#ifndef TASK_NPY_H
#define TASK_NPY_H

#include <stddef.h>
#include <stdint.h>

#include "base/status.h"

enum { NPY_RANK_MAX = 8 };

typedef struct npy {
    char kind;     /* 'u' or 'i', of an array of whole numbers; else NumPy's letter      */
    int width;     /* bytes of one                                                       */
    int64_t count; /* of all, whatever the shape: rows are one behind the other          */
    size_t offset; /* of the first                                                       */
    int rank;      /* of the shape                                                       */
    int64_t shape[NPY_RANK_MAX]; /* the first so many axes                               */
} npy_t;

int npy_is_one(const void *bytes, size_t size);

/* STATUS_CORRUPT with what is wrong when the file, all `size` bytes of it, is not one array in
 * little-endian C order. The sentence does not name the file. */
status_t npy_read(const void *bytes, size_t size, npy_t *npy);

/* The same of a file of which only the first `there` bytes are at hand. */
status_t npy_read_head(const void *bytes, size_t there, uint64_t size, npy_t *npy);

#endif
