#include "stats/auroc_weighted.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/rng.h"
#include "stats/scratch.h"

typedef struct row {
    double score, weight;
    int stratum, label;
} row_t;

/* Rows with a known score, by stratum, then class, then ascending score: a class of a stratum is
 * one run. */
typedef struct sample {
    row_t *at; /* owned [n] */
    size_t n;
} sample_t;

static int in_order(const void *a, const void *b) {
    const row_t *x = a, *y = b;
    if (x->stratum != y->stratum) return x->stratum < y->stratum ? -1 : 1;
    if (x->label != y->label) return x->label - y->label;
    if (x->score != y->score) return x->score < y->score ? -1 : 1;
    return (x->weight > y->weight) - (x->weight < y->weight);
}

static sample_t sample_create(size_t n, const double *score, const int *label, const int *stratum,
                              const double *weight) {
    sample_t sample = {.at = scratch(n, sizeof *sample.at)};
    for (size_t i = 0; i < n; i++)
        if (!isnan(score[i]))
            sample.at[sample.n++] =
                (row_t){score[i], weight[i], stratum ? stratum[i] : 0, label[i] != 0};
    qsort(sample.at, sample.n, sizeof *sample.at, in_order);
    return sample;
}

/* The end of the run of rows of one stratum and class that begins at `from`. */
static size_t cell_end(const sample_t *sample, size_t from) {
    const row_t *first = &sample->at[from];
    size_t end = from;
    while (end < sample->n && sample->at[end].stratum == first->stratum &&
           sample->at[end].label == first->label)
        end++;
    return end;
}

/* Weighted pairs, and those the positive wins, a tie being half a win; and strata of both classes.
 */
typedef struct pair_sum {
    double wins, pairs;
    size_t strata;
} pair_sum_t;

/* Negatives at[0..n), positives at[n..end), both ascending; row i counts times[i] w. */
static void add_stratum(const row_t *at, size_t n, size_t end, const double *times,
                        pair_sum_t *sum) {
    double below = 0, total = 0, positives = 0;
    size_t k = 0;
    for (size_t i = 0; i < n; i++) total += times[i];
    for (size_t i = n; i < end; i++) {
        double tied = 0;
        for (; k < n && at[k].score < at[i].score; k++) below += times[k];
        for (size_t j = k; j < n && at[j].score == at[i].score; j++) tied += times[j];
        sum->wins += times[i] * (below + 0.5 * tied);
        positives += times[i];
    }
    sum->pairs += positives * total;
    sum->strata += positives > 0 && total > 0;
}

static pair_sum_t sum_pairs(const sample_t *sample, const double *times) {
    pair_sum_t sum = {0};
    for (size_t from = 0, end; from < sample->n; from = end) {
        end = cell_end(sample, from);
        if (sample->at[from].label) continue; /* a stratum of positives only */
        size_t n = end - from;
        if (end < sample->n && sample->at[end].stratum == sample->at[from].stratum)
            end = cell_end(sample, end);
        add_stratum(sample->at + from, n, end - from, times + from, &sum);
    }
    return sum;
}

static double *weights_of(const sample_t *sample) {
    double *times = scratch(sample->n, sizeof *times);
    for (size_t i = 0; i < sample->n; i++) times[i] = sample->at[i].weight;
    return times;
}

auroc_t auroc_weighted(size_t n, const double *score, const int *label, const int *stratum,
                       const double *weight) {
    sample_t sample = sample_create(n, score, label, stratum, weight);
    double *times = weights_of(&sample);
    pair_sum_t sum = sum_pairs(&sample, times);
    auroc_t result = {.value = sum.pairs > 0 ? fmin(sum.wins / sum.pairs, 1) : NAN,
                      .dropped = n - sample.n,
                      .strata = sum.strata,
                      .pairs = sum.pairs};
    for (size_t i = 0; i < sample.n; i++) result.positives += (size_t)sample.at[i].label;
    result.negatives = sample.n - result.positives;
    free(times);
    free(sample.at);
    return result;
}

static void draw(const sample_t *sample, rng_t rng, double *times) {
    memset(times, 0, sample->n * sizeof *times);
    for (size_t from = 0, end; from < sample->n; from = end) {
        end = cell_end(sample, from);
        uint32_t size = (uint32_t)(end - from);
        for (uint32_t k = 0; k < size; k++) {
            size_t drawn = from + rng_below(&rng, size);
            times[drawn] += sample->at[drawn].weight;
        }
    }
}

interval_t auroc_weighted_bootstrap(size_t n, const double *score, const int *label,
                                    const int *stratum, const double *weight, int resamples,
                                    uint64_t seed) {
    sample_t sample = sample_create(n, score, label, stratum, weight);
    double *times = weights_of(&sample);
    double *value = scratch((size_t)resamples, sizeof *value);
    int has_pairs = sum_pairs(&sample, times).pairs > 0;
    for (int r = 0; has_pairs && r < resamples; r++) {
        draw(&sample, rng_open(seed, 0, "bootstrap", (uint32_t)r), times);
        pair_sum_t sum = sum_pairs(&sample, times);
        value[r] = sum.wins / sum.pairs;
    }
    interval_t interval = has_pairs ? interval_percentile((size_t)resamples, value) : INTERVAL_NONE;
    free(value);
    free(times);
    free(sample.at);
    return interval;
}
