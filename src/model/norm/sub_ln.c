/* x + f'(LN x), f' with one more LN just before its output projection, final LN: Sub-LN of Magneto
 * (Wang et al. 2022). */
#include "model/norm.h"

static tensor_t wrap(build_t *b, tensor_t x, const sublayer_t *f) {
    tensor_t normed = build_layer_norm(b, f->norm_name, x, b->options->width);
    return build_add(b, 1, x, f->apply(b, normed, build_layer_norm));
}

const norm_row_t norm_sub_ln = {.name = "sub_ln",
                                .doc = "x + f(LN x) with one more LN before f's output, final LN",
                                .wrap = wrap,
                                .final = build_layer_norm};
