#include "stats/delong.h"

#include <math.h>
#include <stdlib.h>

#include "stats/moments.h"
#include "stats/scratch.h"
#include "stats/significance.h"

/* Placement values of one score over rows that are all known, and their mean. */
typedef struct placement {
    double *value; /* owned [n] */
    double auroc;
} placement_t;

static void place_ties(size_t from, size_t end, const size_t *order, const int *label,
                       const size_t total[2], size_t below[2], double *value) {
    size_t tied[2] = {0};
    for (size_t k = from; k < end; k++) tied[label[order[k]]]++;
    double negatives_below = (double)below[0] + (double)tied[0] / 2;
    double positives_above = (double)(total[1] - below[1]) - (double)tied[1] / 2;
    for (size_t k = from; k < end; k++) {
        size_t row = order[k];
        value[row] =
            label[row] ? negatives_below / (double)total[0] : positives_above / (double)total[1];
    }
    below[0] += tied[0];
    below[1] += tied[1];
}

static placement_t placement_create(size_t n, const double *score, const int *label,
                                    const size_t total[2]) {
    placement_t placement = {.value = scratch(n, sizeof(double))};
    size_t *order = scratch(n, sizeof *order);
    size_t below[2] = {0};
    rank_order(n, score, order);
    for (size_t i = 0, end; i < n; i = end) {
        for (end = i; end < n && score[order[end]] == score[order[i]];) end++;
        place_ties(i, end, order, label, total, below, placement.value);
    }
    for (size_t i = 0; i < n; i++)
        if (label[i]) placement.auroc += placement.value[i];
    placement.auroc /= (double)total[1];
    free(order);
    return placement;
}

/* cov(V_a, V_b over positives)/P + cov(V_a, V_b over negatives)/N. */
static double covariance(size_t n, const placement_t *a, const placement_t *b, const int *label,
                         const size_t total[2]) {
    double sum[2] = {0}; /* each class's placement values have the AUROC as their mean */
    for (size_t i = 0; i < n; i++)
        sum[label[i]] += (a->value[i] - a->auroc) * (b->value[i] - b->auroc);
    double result = 0;
    for (int side = 0; side < 2; side++)
        result += sum[side] / (double)(total[side] - 1) / (double)total[side];
    return result;
}

/* Copies the rows where a (and b, unless NULL) are known; labels become 0 or 1. */
static size_t keep_known(size_t n, const double *a, const double *b, const int *label,
                         double *kept_a, double *kept_b, int *kept_label, size_t total[2]) {
    size_t kept = 0;
    for (size_t i = 0; i < n; i++) {
        if (isnan(a[i]) || (b && isnan(b[i]))) continue;
        kept_a[kept] = a[i];
        if (b) kept_b[kept] = b[i];
        kept_label[kept] = label[i] != 0;
        total[kept_label[kept++]]++;
    }
    return kept;
}

static interval_t choose_interval(const delong_t *d) {
    int is_usable = d->variance >= 0 && d->auroc > 0 && d->auroc < 1;
    return is_usable ? interval_logit(d->auroc, d->variance)
                     : interval_newcombe(d->auroc, d->positives, d->negatives);
}

delong_t delong(size_t n, const double *score, const int *label) {
    double *x = scratch(n, sizeof *x);
    int *y = scratch(n, sizeof *y);
    size_t total[2] = {0};
    size_t known = keep_known(n, score, NULL, label, x, NULL, y, total);
    delong_t result = {NAN, NAN, INTERVAL_NONE, total[1], total[0]};
    if (total[0] && total[1]) {
        placement_t placement = placement_create(known, x, y, total);
        result.auroc = placement.auroc;
        if (total[0] > 1 && total[1] > 1)
            result.variance = covariance(known, &placement, &placement, y, total);
        result.interval = choose_interval(&result);
        free(placement.value);
    }
    free(y);
    free(x);
    return result;
}

static delong_test_t compare_known(size_t n, const double *a, const double *b, const int *label,
                                   const size_t total[2]) {
    placement_t pa = placement_create(n, a, label, total);
    placement_t pb = placement_create(n, b, label, total);
    delong_test_t test = {.difference = pa.auroc - pb.auroc, .n = n};
    double variance = covariance(n, &pa, &pa, label, total) +
                      covariance(n, &pb, &pb, label, total) -
                      2 * covariance(n, &pa, &pb, label, total);
    if (test.difference == 0)
        test.z = 0;
    else
        test.z = variance > 1e-15 ? test.difference / sqrt(variance) : NAN;
    test.p = significance_normal(test.z);
    free(pb.value);
    free(pa.value);
    return test;
}

delong_test_t delong_compare(size_t n, const double *a, const double *b, const int *label) {
    double *x = scratch(n, sizeof *x), *y = scratch(n, sizeof *y);
    int *kept = scratch(n, sizeof *kept);
    size_t total[2] = {0};
    size_t known = keep_known(n, a, b, label, x, y, kept, total);
    delong_test_t test = {NAN, NAN, NAN, known};
    if (total[0] > 1 && total[1] > 1) test = compare_known(known, x, y, kept, total);
    free(kept);
    free(y);
    free(x);
    return test;
}
