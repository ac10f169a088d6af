#include "stabilizer/activation_variance.h"

static double column_mean(const penalty_layer_t *layer, long k) {
    double sum = 0;
    for (long i = 0; i < layer->rows; i++) sum += (double)layer->y[i * layer->width + k];
    return sum / (double)layer->rows;
}

/* R = 1/(n d) sum_ik (y_ik - m_k)^2; dR/dy_ik = 2/(n d) (y_ik - m_k): the mean's own derivative
 * drops out, since sum_i (y_ik - m_k) = 0. */
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

PENALTY(activation_variance, "a penalty on the variance of hidden states",
        "the variance of h_{l+1} over samples");
