#include "stabilizer/jacobian.h"

/* sum over rows i of |h_i - h_j|^2, j = i + shift */
static double spread(const penalty_layer_t *layer, const flt *h) {
    double sum = 0;
    for (long i = 0; i < layer->rows; i++) {
        const flt *a = h + i * layer->width;
        const flt *b = h + (i + layer->shift) % layer->rows * layer->width;
        for (long k = 0; k < layer->width; k++)
            sum += (double)(a[k] - b[k]) * (double)(a[k] - b[k]);
    }
    return sum;
}

/* dh += slope d(spread)/dh */
static void add_slope(const penalty_layer_t *layer, const flt *h, double slope, flt *dh) {
    flt twice = (flt)(2 * slope);
    for (long i = 0; i < layer->rows; i++) {
        long a = i * layer->width, b = (i + layer->shift) % layer->rows * layer->width;
        for (long k = 0; k < layer->width; k++) {
            flt step = twice * (h[a + k] - h[b + k]);
            dh[a + k] += step;
            dh[b + k] -= step;
        }
    }
}

/* R = s(y) / s(x), s = spread: dR = ds(y)/s(x) - R ds(x)/s(x). */
double jacobian_formula(const penalty_layer_t *layer) {
    double below = spread(layer, layer->x), gain = spread(layer, layer->y) / below;
    if (!(below > 0)) return 0; /* all samples are the same: nothing is stretched */
    add_slope(layer, layer->y, layer->weight / below, layer->dy);
    add_slope(layer, layer->x, -layer->weight * gain / below, layer->dx);
    return gain;
}

PENALTY(jacobian, "a penalty on how much blocks stretch differences",
        "the layers' mean squared gain between samples");
