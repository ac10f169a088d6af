/* One step of AdamW: optim/adamw.h. */
#include "kernel/vector/adamw.h"
#include "kernel/vector/block.h"

/* One pass over four arrays: bound by memory, so everything happens while an element is at hand. */
ROWS(update, c, block, blocks_of(c->y[0])) {
    const struct adamw_step o = *OPTIONS_OF(c, adamw_step);
    flt *theta = block_at(c->y[0], block), *m = block_at(c->y[1], block);
    flt *v = block_at(c->y[2], block);
    const flt *gradient = block_at(c->x[0], block);
    LANES(i, block_length(c->y[0], block)) {
        flt g = gradient[i];
        m[i] += o.gain1 * (g - m[i]);
        v[i] = o.beta2 * v[i] + o.gain2 * g * g;
        theta[i] = o.keep * theta[i] - o.rate * m[i] / (flt_sqrt(v[i]) * o.root2 + o.eps);
    }
}

VECTOR_KERNEL(adamw, update)
