#include "stabilizer/clip.h"

#include <math.h>
#include <stdlib.h>

#include "optim/optim.h"

struct clip {
    double limit;
};

#define OPTIONS struct clip
static const field_t fields[] = {
    REAL_FIELD("train.clip", limit, .min = 0, .max = 1e9, .fallback = "0",
               .doc = "gradients are scaled down to this global 2-norm; 0 = off", .is_later = true,
               .is_costless = true),
};
const field_set_t clip_fields = FIELD_SET("clip", fields);

static status_t create(const trial_t *trial, model_t *model, void **state) {
    (void)model;
    struct clip options;
    config_read(trial->config, &clip_fields, &options);
    if (options.limit == 0) return STATUS_OK;
    struct clip *clip = malloc(sizeof *clip);
    CHECK(clip, STATUS_ENVIRONMENT, "out of memory for clipping");
    *clip = options;
    *state = clip;
    return STATUS_OK;
}

/* g <- g min(1, limit/|g|). The norm recorded is the task's, from before; this one is what the
 * update and whoever comes later sees. */
static void after_gradient(void *state, step_t *step) {
    const struct clip *clip = state;
    optim_clip(model_graph(step->model), step->grad_norm, clip->limit);
    step->grad_norm = fmin(step->grad_norm, clip->limit);
}

const stabilizer_row_t stabilizer_clip = {
    .name = "clip",
    .doc = "scales the gradient down to a global norm",
    .key = "train.clip",
    .options = &clip_fields,
    .create = create,
    .destroy = free,
    .after_gradient = after_gradient,
    .is_stateless = 1,
};
