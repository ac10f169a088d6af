/* alpha x + f(x) with alpha = (2L)^(1/4) and no normalisation at all: what reproduces the published
 * "DeepNorm" spectra. Not DeepNet; see deep_norm.c for that. */
#include <math.h>

#include "model/norm.h"

static tensor_t wrap(build_t *b, tensor_t x, const sublayer_t *f) {
    double alpha = pow(2.0 * (double)b->options->layers, 0.25);
    return build_add(b, alpha, x, f->apply(b, x, NULL));
}

const norm_row_t norm_deep_norm_nofn = {
    .name = "deep_norm_nofn", .doc = "alpha x + f(x), alpha = (2L)^(1/4), no LN", .wrap = wrap};
