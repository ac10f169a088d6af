/* x + f(LN x), final LN: GPT-2 (Radford et al. 2019; Xiong et al. 2020). */
#include "model/norm.h"

static tensor_t wrap(build_t *b, tensor_t x, const sublayer_t *f) {
    tensor_t normed = build_layer_norm(b, f->norm_name, x, b->options->width);
    return build_add(b, 1, x, f->apply(b, normed, NULL));
}

const norm_row_t norm_pre_ln = {.name = "pre_ln",
                                .doc = "x + f(LN x), final LN",
                                .wrap = wrap,
                                .final = build_layer_norm,
                                .keeps_stream = 1};
