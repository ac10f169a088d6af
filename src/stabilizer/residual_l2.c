#include "stabilizer/residual_l2.h"

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

PENALTY(residual_l2, "a penalty on what blocks add to the residual stream",
        "the mean square of h_{l+1} - h_l");
