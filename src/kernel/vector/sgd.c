/* One step of gradient descent with momentum: optim/sgd.h. */
#include "kernel/vector/sgd.h"
#include "kernel/vector/block.h"

ROWS(update, c, block, blocks_of(c->y[0])) {
    const struct sgd_step o = *OPTIONS_OF(c, sgd_step);
    flt *theta = block_at(c->y[0], block), *b = block_at(c->y[1], block);
    const flt *gradient = block_at(c->x[0], block);
    LANES(i, block_length(c->y[0], block)) {
        b[i] = o.momentum * b[i] + gradient[i];
        theta[i] = o.keep * theta[i] - o.rate * b[i];
    }
}

VECTOR_KERNEL(sgd, update)
