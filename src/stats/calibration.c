#include "stats/calibration.h"

#include <math.h>
#include <stdlib.h>

#include "stats/scratch.h"

/* A score that is no probability is not clamped to one: what it would mean nobody said. */
static int is_usable(double score) { return score >= 0 && score <= 1; }

/* Compared with the borders as the bins state them, so that a score on a border never falls into
 * the next bin by a rounded division. */
static size_t find_bin(double score, size_t bins) {
    size_t bin = 0;
    while (bin + 1 < bins && score > (double)(bin + 1) / (double)bins) bin++;
    return bin;
}

size_t calibration_bins(size_t n, const double *score, const int *label, size_t bins,
                        reliability_bin_t *bin) {
    size_t used = 0;
    for (size_t b = 0; b < bins; b++)
        bin[b] = (reliability_bin_t){.low = (double)b / (double)bins,
                                     .high = (double)(b + 1) / (double)bins};
    for (size_t i = 0; i < n; i++) {
        if (!is_usable(score[i])) continue;
        reliability_bin_t *own = &bin[find_bin(score[i], bins)];
        own->count++;
        own->predicted += score[i];
        own->observed += label[i] != 0;
        used++;
    }
    for (size_t b = 0; b < bins; b++) { /* sums become means; 0/0 = NaN */
        bin[b].predicted /= (double)bin[b].count;
        bin[b].observed /= (double)bin[b].count;
    }
    return used;
}

double calibration_error(size_t n, const double *score, const int *label, size_t bins) {
    reliability_bin_t *bin = scratch(bins, sizeof *bin);
    size_t used = calibration_bins(n, score, label, bins, bin);
    double sum = 0; /* sum over bins of n_b |observed_b - predicted_b|, over n */
    for (size_t b = 0; b < bins; b++)
        if (bin[b].count) sum += (double)bin[b].count * fabs(bin[b].observed - bin[b].predicted);
    free(bin);
    return used ? sum / (double)used : NAN;
}

double calibration_brier(size_t n, const double *score, const int *label) {
    double sum = 0;
    size_t used = 0;
    for (size_t i = 0; i < n; i++) {
        if (!is_usable(score[i])) continue;
        double miss = score[i] - (label[i] != 0); /* Brier = mean (p - y)^2 */
        sum += miss * miss;
        used++;
    }
    return used ? sum / (double)used : NAN;
}
