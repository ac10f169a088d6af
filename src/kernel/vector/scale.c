/* y *= factor. */
#include "kernel/vector/block.h"

ROWS(scale, c, block, blocks_of(c->y[0])) {
    flt factor = c->options.scale.factor, *y = block_at(c->y[0], block);
    LANES(i, block_length(c->y[0], block)) y[i] *= factor;
}

VECTOR_KERNEL(scale, scale)
