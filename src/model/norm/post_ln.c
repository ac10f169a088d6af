/* LN(x + f(x)), no final norm: the original transformer (Vaswani et al. 2017). */
#include "model/norm.h"

static tensor_t wrap(build_t *b, tensor_t x, const sublayer_t *f) {
    tensor_t sum = build_add(b, 1, x, f->apply(b, x, NULL));
    return build_layer_norm(b, f->norm_name, sum, b->options->width);
}

const norm_row_t norm_post_ln = {
    .name = "post_ln", .doc = "LN(x + f(x)), no final norm", .wrap = wrap};
