/* block.h: the language of kernels on long vectors. Included by src/kernel/vector/<kernel>.c only.
 *
 * The same as that of operators (kernel.h), without tangents. A vector is a matrix [count, 1]; a
 * block of its elements takes the place of a row: ROWS(name, c, block, blocks_of(c->y[0])) runs
 * over the blocks, LANES over the elements of one.
 *
 * On the host these files are compiled without the relaxed mathematics of operators: an update has
 * the same bits wherever in a vector it stands. */
#ifndef KERNEL_VECTOR_BLOCK_H
#define KERNEL_VECTOR_BLOCK_H

#include "kernel/kernel.h"

enum { BLOCK = 1024 };

INLINE long blocks_of(matrix_t vector) { return (vector.rows + BLOCK - 1) / BLOCK; }

INLINE flt *block_at(matrix_t vector, long block) { return vector.at.v + block * BLOCK; }

INLINE long block_length(matrix_t vector, long block) {
    long left = vector.rows - block * BLOCK;
    return left < BLOCK ? left : (long)BLOCK;
}

/* Ends a kernel's file: its entry point in this compilation. */
#define VECTOR_KERNEL(id, kernel)                                                                  \
    ENTRY(id, vector);                                                                             \
    ENTRY(id, vector) { kernel(call); }

#endif
