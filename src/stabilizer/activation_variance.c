#include "stabilizer/activation_variance.h"

static const char key[] = "penalty.activation_variance";

static double column_mean(const penalty_layer_t *layer, long k) {
    double sum = 0;
    for (long i = 0; i < layer->rows; i++) sum += (double)layer->y[i * layer->width + k];
    return sum / (double)layer->rows;
}

double activation_variance_formula(const penalty_layer_t *layer) {
    double count = (double)(layer->rows * layer->width), sum = 0;
    for (long k = 0; k < layer->width; k++) {
        double mean = column_mean(layer, k);
        for (long i = k; i < layer->rows * layer->width; i += layer->width) {
            double off = (double)layer->y[i] - mean;
            sum += off * off;
            layer->dy[i] += (flt)(2 * layer->weight / count * off);
        }
    }
    return sum / count;
}

static status_t needs(const config_t *config, stabilizer_needs_t *needs) {
    return penalty_needs(config, key, needs);
}

static status_t create(const trial_t *trial, model_t *model, void **state) {
    return penalty_create(trial, model, key, activation_variance_formula, state);
}

const stabilizer_row_t stabilizer_activation_variance = {
    .name = "activation_variance",
    .doc = "a penalty on the variance of hidden states",
    .options = &penalty_fields,
    .needs = needs,
    .create = create,
    .destroy = penalty_destroy,
    .after_gradient = penalty_after_gradient,
    .is_stateless = 1,
};
