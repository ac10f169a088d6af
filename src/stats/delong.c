#include "stats/delong.h"

#include <math.h>
#include <stdlib.h>

#include "stats/placement.h"
#include "stats/scratch.h"
#include "stats/student.h"

#define ROUNDING 1e-15 /* a variance below this is 0 */

/* influence[row of the caller] = d_i; rows that are not placed, or have no rival, keep 0. */
static void find_influence(const placement_t *placement, double auroc, double *influence) {
    for (size_t i = 0; i < placement->n; i++) {
        const placed_t *run = &placement->at[i];
        if (run->rivals > 0)
            influence[run->row] =
                run->weight * run->rivals * (run->share - auroc) / placement->pairs;
    }
}

/* Variance of the sum of n influences: k/(k-1) sum of d^2 for a class of k rows; NaN for k < 2. */
static double variance_of(size_t n, const double *influence, const int *label,
                          const size_t count[2]) {
    double squares[2] = {0}, variance = 0;
    for (size_t i = 0; i < n; i++) squares[label[i] != 0] += influence[i] * influence[i];
    for (int side = 0; side < 2; side++) {
        double k = (double)count[side];
        variance += k > 1 ? k / (k - 1) * squares[side] : NAN;
    }
    return variance;
}

/* The smaller class has the say, and Satterthwaite's larger number is too bold: where two runs
 * happen to agree it takes their class for one without scatter. */
static double freedom_of(const size_t count[2]) {
    return (double)(count[0] < count[1] ? count[0] : count[1]) - 1;
}

/* Sizes of a stratum's classes as Kish counts them: (sum w)^2 / sum w^2. */
static void effective_sizes(const placed_t *at, size_t n, double size[2]) {
    double sum[2] = {0}, squares[2] = {0};
    for (size_t i = 0; i < n; i++) {
        sum[at[i].label] += at[i].weight;
        squares[at[i].label] += at[i].weight * at[i].weight;
    }
    for (int side = 0; side < 2; side++) size[side] = sum[side] * sum[side] / squares[side];
}

/* Newcombe's interval over strata that share one AUROC: variances of the strata add up, each with
 * the square of its share of the pairs. */
static interval_t score_interval(const placement_t *placement, double auroc) {
    interval_sizes_t sizes = {0};
    for (size_t from = 0, end; from < placement->n; from = end) {
        const placed_t *at = placement->at + from;
        double size[2], pairs = 0;
        end = placement_stratum_end(placement, from);
        for (size_t i = 0; i < end - from; i++)
            if (at[i].label) pairs += at[i].weight * at[i].rivals;
        if (!(pairs > 0)) continue;
        effective_sizes(at, end - from, size);
        interval_add_sizes(&sizes, pairs / placement->pairs, size[1], size[0]);
    }
    return interval_newcombe(auroc, &sizes);
}

/* As far as either goes. */
static interval_t hull(interval_t a, interval_t b) {
    return (interval_t){fmin(a.low, b.low), fmax(a.high, b.high)};
}

static interval_t interval_of(const placement_t *placement, const delong_t *found) {
    if (isnan(found->variance)) return INTERVAL_NONE;
    interval_t score = score_interval(placement, found->auroc);
    int has_logit = found->auroc > 0 && found->auroc < 1;
    return has_logit ? hull(score, interval_logit(found->auroc, found->variance,
                                                  student_95(freedom_of(placement->matched))))
                     : score;
}

delong_t delong(size_t n, const double *score, const int *label, const int *stratum,
                const double *weight) {
    placement_t placement = placement_create(n, score, label, stratum, weight);
    double *influence = scratch(n, sizeof *influence);
    delong_t result = {.auroc = placement_auroc(&placement),
                       .positives = placement.matched[1],
                       .negatives = placement.matched[0]};
    find_influence(&placement, result.auroc, influence);
    result.variance = variance_of(n, influence, label, placement.matched);
    result.interval = interval_of(&placement, &result);
    free(influence);
    placement_destroy(&placement);
    return result;
}

/* score[i], NaN where the other score is unknown. Owned by the caller. */
static double *keep_known(size_t n, const double *score, const double *other) {
    double *kept = scratch(n, sizeof *kept);
    for (size_t i = 0; i < n; i++) kept[i] = isnan(other[i]) ? NAN : score[i];
    return kept;
}

/* The AUROC of one score; adds `sign` times its influences to difference[n]. */
static double add_score(size_t n, const double *score, const int *label, double sign,
                        double *difference, size_t count[2]) {
    placement_t placement = placement_create(n, score, label, NULL, NULL);
    double *influence = scratch(n, sizeof *influence), auroc = placement_auroc(&placement);
    find_influence(&placement, auroc, influence);
    for (size_t i = 0; i < n; i++) difference[i] += sign * influence[i];
    count[0] = placement.matched[0], count[1] = placement.matched[1];
    free(influence);
    placement_destroy(&placement);
    return auroc;
}

delong_test_t delong_compare(size_t n, const double *a, const double *b, const int *label) {
    double *x = keep_known(n, a, b), *y = keep_known(n, b, a);
    double *difference = scratch(n, sizeof *difference);
    size_t count[2];
    delong_test_t test = {.difference = add_score(n, x, label, 1, difference, count)};
    test.difference -= add_score(n, y, label, -1, difference, count);
    double variance = variance_of(n, difference, label, count);
    test.n = count[0] + count[1];
    test.freedom = freedom_of(count);
    test.t = variance > ROUNDING ? test.difference / sqrt(variance) : NAN;
    test.p = test.difference == 0 ? 1 : student_p(test.t, test.freedom);
    free(difference);
    free(y);
    free(x);
    return test;
}
