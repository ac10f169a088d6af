#include "stabilizer/residual_l2.h"

static const char key[] = "penalty.residual_l2";

double residual_l2_formula(const penalty_layer_t *layer) {
    long count = layer->rows * layer->width;
    flt slope = (flt)(2 * layer->weight / (double)count);
    double sum = 0;
    for (long i = 0; i < count; i++) {
        flt added = layer->y[i] - layer->x[i];
        sum += (double)added * (double)added;
        layer->dy[i] += slope * added;
        layer->dx[i] -= slope * added;
    }
    return sum / (double)count;
}

static status_t needs(const config_t *config, stabilizer_needs_t *needs) {
    return penalty_needs(config, key, needs);
}

static status_t create(const trial_t *trial, model_t *model, void **state) {
    return penalty_create(trial, model, key, residual_l2_formula, state);
}

const stabilizer_row_t stabilizer_residual_l2 = {
    .name = "residual_l2",
    .doc = "a penalty on what blocks add to the residual stream",
    .options = &penalty_fields,
    .needs = needs,
    .create = create,
    .destroy = penalty_destroy,
    .after_gradient = penalty_after_gradient,
    .is_stateless = 1,
};
