#include "stats/auroc.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/rng.h"
#include "stats/scratch.h"

typedef unsigned __int128 count_t;

typedef struct observation {
    double score;
    int stratum;
    int label; /* 0 or 1 */
} observation_t;

/* Rows with a known score, by stratum, then ascending score, then label. */
typedef struct sample {
    observation_t *at; /* owned [n] */
    size_t n;
} sample_t;

typedef struct pair_count {
    count_t wins_twice; /* 2 per pair the positive wins, 1 per tie */
    count_t pairs;
    size_t strata; /* with both classes */
} pair_count_t;

static int by_stratum_and_score(const void *a, const void *b) {
    const observation_t *x = a, *y = b;
    if (x->stratum != y->stratum) return x->stratum < y->stratum ? -1 : 1;
    if (x->score != y->score) return x->score < y->score ? -1 : 1;
    return x->label - y->label;
}

static sample_t sample_create(size_t n, const double *score, const int *label, const int *stratum) {
    sample_t sample = {.at = scratch(n, sizeof *sample.at)};
    for (size_t i = 0; i < n; i++) {
        if (isnan(score[i])) continue;
        sample.at[sample.n++] = (observation_t){score[i], stratum ? stratum[i] : 0, label[i] != 0};
    }
    qsort(sample.at, sample.n, sizeof *sample.at, by_stratum_and_score);
    return sample;
}

static size_t stratum_end(const sample_t *sample, size_t from) {
    size_t end = from;
    while (end < sample->n && sample->at[end].stratum == sample->at[from].stratum) end++;
    return end;
}

/* Pairs of sample->at[from..end), row i counted weight[i] times (NULL: once). */
static pair_count_t count_stratum(const sample_t *sample, size_t from, size_t end,
                                  const uint32_t *weight) {
    pair_count_t count = {0};
    uint64_t below[2] = {0}; /* rows of each class with a smaller score */
    for (size_t i = from; i < end;) {
        uint64_t tied[2] = {0};
        double score = sample->at[i].score;
        for (; i < end && sample->at[i].score == score; i++)
            tied[sample->at[i].label] += weight ? weight[i] : 1;
        count.wins_twice += (count_t)tied[1] * (2 * below[0] + tied[0]);
        below[0] += tied[0];
        below[1] += tied[1];
    }
    count.pairs = (count_t)below[0] * below[1];
    count.strata = count.pairs > 0;
    return count;
}

static pair_count_t count_pairs(const sample_t *sample, const uint32_t *weight) {
    pair_count_t total = {0};
    for (size_t from = 0, end; from < sample->n; from = end) {
        end = stratum_end(sample, from);
        pair_count_t one = count_stratum(sample, from, end, weight);
        total.wins_twice += one.wins_twice;
        total.pairs += one.pairs;
        total.strata += one.strata;
    }
    return total;
}

static double ratio(const pair_count_t *count) {
    if (count->pairs == 0) return NAN;
    return (double)((long double)count->wins_twice / (2 * (long double)count->pairs));
}

auroc_t auroc_within(size_t n, const double *score, const int *label, const int *stratum) {
    sample_t sample = sample_create(n, score, label, stratum);
    pair_count_t count = count_pairs(&sample, NULL);
    auroc_t result = {.value = ratio(&count),
                      .dropped = n - sample.n,
                      .strata = count.strata,
                      .pairs = (double)count.pairs};
    for (size_t i = 0; i < sample.n; i++) result.positives += (size_t)sample.at[i].label;
    result.negatives = sample.n - result.positives;
    free(sample.at);
    return result;
}

auroc_t auroc(size_t n, const double *score, const int *label) {
    return auroc_within(n, score, label, NULL);
}

/* Sorts the positions of the sample by stratum and class, so that each such cell is one run of
 * `member`; cell[i] = end of the i-th run. Returns the number of cells. */
static size_t find_cells(const sample_t *sample, size_t *member, size_t *cell) {
    size_t cells = 0, placed = 0;
    for (size_t from = 0, end; from < sample->n; from = end) {
        end = stratum_end(sample, from);
        for (int label = 0; label < 2; label++) {
            for (size_t i = from; i < end; i++)
                if (sample->at[i].label == label) member[placed++] = i;
            cell[cells++] = placed;
        }
    }
    return cells;
}

static void draw(rng_t rng, size_t cells, const size_t *cell, const size_t *member,
                 uint32_t *weight) {
    for (size_t c = 0, from = 0; c < cells; from = cell[c++]) {
        uint32_t size = (uint32_t)(cell[c] - from);
        for (uint32_t k = 0; k < size; k++) weight[member[from + rng_below(&rng, size)]]++;
    }
}

interval_t auroc_bootstrap(size_t n, const double *score, const int *label, const int *stratum,
                           int resamples, uint64_t seed) {
    sample_t sample = sample_create(n, score, label, stratum);
    size_t *member = scratch(sample.n, sizeof *member);
    size_t *cell = scratch(2 * sample.n, sizeof *cell);
    uint32_t *weight = scratch(sample.n, sizeof *weight);
    double *value = scratch((size_t)resamples, sizeof *value);
    size_t cells = find_cells(&sample, member, cell);
    int has_pairs = count_pairs(&sample, NULL).pairs > 0;
    for (int r = 0; has_pairs && r < resamples; r++) {
        memset(weight, 0, sample.n * sizeof *weight);
        draw(rng_open(seed, 0, "bootstrap", (uint32_t)r), cells, cell, member, weight);
        pair_count_t count = count_pairs(&sample, weight);
        value[r] = ratio(&count);
    }
    interval_t interval = has_pairs ? interval_percentile((size_t)resamples, value) : INTERVAL_NONE;
    free(value);
    free(weight);
    free(cell);
    free(member);
    free(sample.at);
    return interval;
}
