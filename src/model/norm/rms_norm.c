/* x + f(RMS x), final RMS: pre-norm with RMSNorm (Zhang & Sennrich 2019). */
#include "model/norm.h"

static tensor_t wrap(build_t *b, tensor_t x, const sublayer_t *f) {
    tensor_t normed = build_rms_norm(b, f->norm_name, x, b->options->width);
    return build_add(b, 1, x, f->apply(b, normed, NULL));
}

const norm_row_t norm_rms_norm = {.name = "rms_norm",
                                  .doc = "x + f(RMS x), final RMS",
                                  .wrap = wrap,
                                  .final = build_rms_norm,
                                  .keeps_stream = 1};
