#include "train/divergence.h"

#include <math.h>
#include <stddef.h>

const char *divergence_trigger(const divergence_limits_t *limits, double loss, double grad_norm) {
    if (!isfinite(loss) || !isfinite(grad_norm)) return "not_finite";
    if (!(loss <= limits->loss)) return "loss";
    if (!(grad_norm <= limits->grad_norm)) return "grad_norm";
    return NULL;
}
