/* y = x m / (1 - rate), m = 0 with chance `rate` and 1 elsewhere, for every element by itself
 * (Hinton et al. 2012; scaled while training, so that an evaluation, which draws nothing, has y =
 * x).
 *
 * A block of four random words serves the columns b, b + q, b + 2 q, b + 3 q of its row, q = a
 * quarter of the columns: so no work is lost, and the loop over b vectorises. */
#include "kernel/dropout.h"

#include "kernel/kernel.h"

/* What an element is multiplied by. */
INLINE flt factor_of(uint32_t word, uint32_t limit, flt kept) { return word < limit ? 0 : kept; }

/* to = add + from m / (1 - rate) */
INLINE void mask_row(const call_t *c, span_t from, span_t to, span_t add, long i) {
    flt rate = OPTIONS_OF(c, dropout_options)->rate, kept = 1 / (1 - rate);
    uint32_t limit = (uint32_t)((double)rate * 4294967296.0);
    long cols = c->y[0].cols, quarter = (cols + 3) / 4;
    uint64_t row = (uint64_t)c->chance->part * (uint64_t)c->y[0].rows + (uint64_t)i;
    chance_t chance = *c->chance;
    LANES(b, quarter) {
        words_t words = chance_words(&chance, c->purpose, row * (uint64_t)quarter + (uint64_t)b);
        for (int k = 0; k < 4; k++) {
            long j = b + k * quarter;
            if (j >= cols) continue;
            flt factor = factor_of(words.at[k], limit, kept);
            store(to, j, load_add(add, j) + factor * load_linear(from, j));
        }
    }
}

INLINE void copy_row(const call_t *c, span_t from, span_t to, span_t add) {
    LANES(j, c->y[0].cols) store(to, j, load_add(add, j) + load_linear(from, j));
}

ROWS(forward, c, i, c->y[0].rows) {
    span_t nothing = {0};
    if (c->chance->is_on)
        mask_row(c, row(c->x[0], i), row(c->y[0], i), nothing, i);
    else
        copy_row(c, row(c->x[0], i), row(c->y[0], i), nothing);
}

/* The mask is its own transpose. */
ROWS(backward, c, i, c->dy.rows) {
    span_t add = span_at_if(c->add[0], i * c->dy.cols);
    if (c->chance->is_on)
        mask_row(c, row(c->dy, i), row(c->dx[0], i), add, i);
    else
        copy_row(c, row(c->dy, i), row(c->dx[0], i), add);
}

DESCRIPTION const char *shape(call_t *c) {
    flt rate = OPTIONS_OF(c, dropout_options)->rate;
    if (!(rate >= 0 && rate < 1)) return "dropout: the rate must lie on [0, 1)";
    c->y[0].rows = c->x[0].rows;
    c->y[0].cols = c->x[0].cols;
    return NULL;
}

OPERATOR(dropout, forward, backward, .options = OPTIONS_SIZE(dropout_options),
         .doc = "elements become 0 by chance while training", .inputs = 1, .outputs = 1,
         .shape = shape, .draws = 1)
