#include "stats/delong_weighted.h"

#include <math.h>
#include <stdlib.h>

#include "stats/scratch.h"

typedef struct row {
    double score, weight;
} row_t;

/* The rows of one class, ascending by score. */
typedef struct side {
    row_t *at; /* owned [count] */
    size_t count;
    double sum, squares; /* of the weights */
} side_t;

static int in_order(const void *a, const void *b) {
    const row_t *x = a, *y = b;
    return (x->score > y->score) - (x->score < y->score);
}

static side_t side_create(size_t n, const double *score, const int *label, const double *weight,
                          int is_positive) {
    side_t side = {.at = scratch(n, sizeof *side.at)};
    for (size_t i = 0; i < n; i++) {
        if ((label[i] != 0) != is_positive || isnan(score[i]) || !(weight[i] > 0)) continue;
        side.at[side.count++] = (row_t){score[i], weight[i]};
        side.sum += weight[i];
        side.squares += weight[i] * weight[i];
    }
    qsort(side.at, side.count, sizeof *side.at, in_order);
    return side;
}

/* value[i] = weighted share of the rivals that score below row i of the side, ties one half. */
static double *place(const side_t *side, const side_t *rivals) {
    double *value = scratch(side->count, sizeof *value), below = 0;
    size_t k = 0;
    for (size_t i = 0; i < side->count; i++) {
        double tied = 0, score = side->at[i].score;
        for (; k < rivals->count && rivals->at[k].score < score; k++) below += rivals->at[k].weight;
        for (size_t j = k; j < rivals->count && rivals->at[j].score == score; j++)
            tied += rivals->at[j].weight;
        value[i] = (below + tied / 2) / rivals->sum;
    }
    return value;
}

static double mean_of(const side_t *side, const double *value) {
    double sum = 0;
    for (size_t i = 0; i < side->count; i++) sum += side->at[i].weight * value[i];
    return sum / side->sum;
}

/* One class's share of the variance; NaN for a class of one row. */
static double variance_of(const side_t *side, const double *value) {
    double mean = mean_of(side, value), sum = 0, count = (double)side->count;
    for (size_t i = 0; i < side->count; i++) {
        double part = side->at[i].weight * (value[i] - mean);
        sum += part * part;
    }
    return count > 1 ? count / (count - 1) * sum / (side->sum * side->sum) : NAN;
}

static size_t effective(const side_t *side) {
    return (size_t)fmax(1, side->sum * side->sum / side->squares);
}

/* As far as either goes. */
static interval_t hull(interval_t a, interval_t b) {
    return (interval_t){fmin(a.low, b.low), fmax(a.high, b.high)};
}

static delong_t compare(const side_t *positives, const side_t *negatives) {
    double *above = place(positives, negatives), *below = place(negatives, positives);
    delong_t result = {.auroc = fmin(mean_of(positives, above), 1),
                       .variance = variance_of(positives, above) + variance_of(negatives, below),
                       .positives = positives->count,
                       .negatives = negatives->count};
    result.interval = interval_newcombe(result.auroc, effective(positives), effective(negatives));
    if (result.variance >= 0 && result.auroc > 0 && result.auroc < 1)
        result.interval = hull(result.interval, interval_logit(result.auroc, result.variance));
    free(below);
    free(above);
    return result;
}

delong_t delong_weighted(size_t n, const double *score, const int *label, const double *weight) {
    side_t positives = side_create(n, score, label, weight, 1);
    side_t negatives = side_create(n, score, label, weight, 0);
    delong_t result = {NAN, NAN, INTERVAL_NONE, positives.count, negatives.count};
    if (positives.count && negatives.count) result = compare(&positives, &negatives);
    free(negatives.at);
    free(positives.at);
    return result;
}
