/* LN(alpha x + f(x)) with alpha = (2L)^(1/4), no final norm; value, output and MLP weights start
 * smaller by beta = (8L)^(-1/4): DeepNet's decoder (Wang et al. 2022). */
#include <math.h>

#include "model/norm.h"

static tensor_t wrap(build_t *b, tensor_t x, const sublayer_t *f) {
    double alpha = pow(2.0 * (double)b->options->layers, 0.25);
    tensor_t sum = build_add(b, alpha, x, f->apply(b, x, NULL));
    return build_layer_norm(b, f->norm_name, sum, b->options->width);
}

static double gain(int layers) { return pow(8.0 * layers, -0.25); }

const norm_row_t norm_deep_norm = {.name = "deep_norm",
                                   .doc = "LN(alpha x + f(x)), alpha = (2L)^(1/4)",
                                   .wrap = wrap,
                                   .gain = gain};
