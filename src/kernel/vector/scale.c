/* y *= factor. */
#include "kernel/vector/scale.h"
#include "kernel/vector/block.h"

ROWS(scale, c, block, blocks_of(c->y[0])) {
    flt factor = OPTIONS_OF(c, scale_options)->factor, *y = block_at(c->y[0], block);
    LANES(i, block_length(c->y[0], block)) y[i] *= factor;
}

VECTOR_KERNEL(scale, scale)
