/* x + f(x): no normalisation anywhere. */
#include "model/norm.h"

static tensor_t wrap(build_t *b, tensor_t x, const sublayer_t *f) {
    return build_add(b, 1, x, f->apply(b, x, NULL));
}

const norm_row_t norm_none = {.name = "none",
                              .doc = "x + f(x), no normalisation",
                              .wrap = wrap,
                              .keeps_stream = 1,
                              .is_plain = 1};
