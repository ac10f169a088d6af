#include "probe/gradients.h"

#include <math.h>
#include <string.h>

enum { EARLY_STEP = 10, LATE_STEP = 100, SPIKE_STEPS = 500, SPIKE_WINDOW = 20 };
static const double spike_nats = 0.5;

/* The last step of a window 1..last that a series of `steps` entries reaches. */
static size_t window_end(size_t steps, size_t last) { return steps - 1 < last ? steps - 1 : last; }

/* A predictor that is not a number could not be ranked; a gradient that has left the numbers is as
 * large as can be. */
static double or_infinity(double x) { return isnan(x) ? INFINITY : x; }

/* Two passes: no cancellation however large the mean. */
static double variance(const double *x, size_t n) {
    if (n < 2) return NAN;
    double mean = 0, sum = 0;
    for (size_t i = 0; i < n; i++) mean += x[i] / (double)n;
    for (size_t i = 0; i < n; i++) sum += (x[i] - mean) * (x[i] - mean);
    return or_infinity(sum / (double)(n - 1));
}

/* Of n <= SPIKE_WINDOW values, n > 0; one that is not a number sorts last. */
static double median(const double *x, size_t n) {
    double sorted[SPIKE_WINDOW];
    for (size_t i = 0; i < n; i++) {
        double value = or_infinity(x[i]);
        size_t at = i;
        for (; at > 0 && sorted[at - 1] > value; at--) sorted[at] = sorted[at - 1];
        sorted[at] = value;
    }
    return (sorted[n / 2] + sorted[(n - 1) / 2]) / 2;
}

int gradient_is_loss_spike(const double *loss, size_t step) {
    size_t before = step < SPIKE_WINDOW ? step : SPIKE_WINDOW;
    return isnan(loss[step]) || loss[step] > median(loss + step - before, before) + spike_nats;
}

static double count_spikes(const double *loss, size_t last) {
    double count = 0;
    for (size_t step = 1; step <= last; step++) count += gradient_is_loss_spike(loss, step);
    return count;
}

gradient_baselines_t gradient_baselines(const double *loss, const double *grad_norm, size_t steps) {
    gradient_baselines_t baselines = {NAN, NAN, NAN, NAN, NAN};
    if (steps == 0) return baselines;
    size_t late = window_end(steps, LATE_STEP);
    baselines.first = or_infinity(grad_norm[0]);
    baselines.at_100 = or_infinity(grad_norm[late]);
    baselines.variance = variance(grad_norm + 1, late);
    if (steps > 1) baselines.loss_spikes = count_spikes(loss, window_end(steps, SPIKE_STEPS));
    if (steps > EARLY_STEP)
        baselines.early_ratio = or_infinity(grad_norm[EARLY_STEP]) / grad_norm[0];
    return baselines;
}

void gradient_record(const gradient_baselines_t *baselines, record_t *record) {
    record_put_f64(record, "baseline/grad_norm_first", baselines->first);
    record_put_f64(record, "baseline/grad_norm_100", baselines->at_100);
    record_put_f64(record, "baseline/grad_variance", baselines->variance);
    record_put_f64(record, "baseline/loss_spikes", baselines->loss_spikes);
    record_put_f64(record, "baseline/early_ratio", baselines->early_ratio);
}
