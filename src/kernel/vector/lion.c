/* One step of Lion: optim/lion.h. */
#include "kernel/vector/lion.h"
#include "kernel/vector/block.h"

ROWS(update, c, block, blocks_of(c->y[0])) {
    const struct lion_step o = *OPTIONS_OF(c, lion_step);
    flt *theta = block_at(c->y[0], block), *m = block_at(c->y[1], block);
    const flt *gradient = block_at(c->x[0], block);
    LANES(i, block_length(c->y[0], block)) {
        flt g = gradient[i], mean = o.beta1 * m[i] + (1 - o.beta1) * g;
        theta[i] = o.keep * theta[i] - o.rate * (flt)((mean > 0) - (mean < 0));
        m[i] = o.beta2 * m[i] + (1 - o.beta2) * g;
    }
}

VECTOR_KERNEL(lion, update)
