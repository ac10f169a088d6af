#include "train/divergence.h"

#include <math.h>
#include <stddef.h>
#include <string.h>

const char *divergence_trigger(const divergence_limits_t *limits, double loss, double grad_norm) {
    if (!isfinite(loss) || !isfinite(grad_norm)) return "not_finite";
    if (!(loss <= limits->loss)) return "loss";
    if (!(grad_norm <= limits->grad_norm)) return "grad_norm";
    return NULL;
}

const char *divergence_trigger_name(const char *text) {
    static const char *const names[] = {"none", "not_finite", "loss", "grad_norm", NULL};
    int i = 0;
    while (names[i] && strcmp(names[i], text) != 0) i++;
    return names[i];
}
