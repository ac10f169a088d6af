/* f(RMS x), final RMS: rms_norm without the residual, an ablation: the one reading found of the
 * published Mamba row that comes near it (docs/deviations.md). Without the stream a gradient passes
 * every sub-layer, so deep models hardly train. */
#include "model/norm.h"

static tensor_t wrap(build_t *b, tensor_t x, const sublayer_t *f) {
    return f->apply(b, build_rms_norm(b, f->norm_name, x, b->options->width), NULL);
}

const norm_row_t norm_rms_no_residual = {.name = "rms_no_residual",
                                         .doc = "f(RMS x) without the residual, final RMS",
                                         .wrap = wrap,
                                         .final = build_rms_norm};
