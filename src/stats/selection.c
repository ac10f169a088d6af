#include "stats/selection.h"

#include <math.h>
#include <stdlib.h>

#include "stats/moments.h"
#include "stats/scratch.h"

/* Adds up what is flagged: runs above `threshold` whole, runs at it by the share `at_threshold`. */
static selection_t select_runs(size_t n, const double *score, const int *label, const double *cost,
                               double threshold, double at_threshold) {
    selection_t s = {0}; /* runs that nobody scored can be neither flagged nor saved */
    double all = 0, spent = 0;
    for (size_t i = 0; i < n; i++) {
        if (isnan(score[i])) continue;
        double share = score[i] > threshold ? 1 : score[i] == threshold ? at_threshold : 0;
        s.n++;
        s.positives += label[i] != 0;
        s.flagged += share;
        s.hits += label[i] ? share : 0;
        spent += share * cost[i];
        all += cost[i];
    }
    s.precision = s.hits / s.flagged; /* 0/0 = NaN, here and below */
    s.recall = s.hits / (double)s.positives;
    s.saved = spent / all;
    return s;
}

selection_t selection_above(size_t n, const double *score, const int *label, const double *cost,
                            double threshold) {
    return select_runs(n, score, label, cost, threshold, 0);
}

/* Runs tied at the last place share what is left of the budget: the expectation over a random
 * choice among them, so that no accident of row order decides. */
selection_t selection_budget(size_t n, const double *score, const int *label, const double *cost,
                             size_t budget) {
    double *known = scratch(n, sizeof *known);
    size_t *order = scratch(n, sizeof *order), count = 0, above = 0, tied = 0;
    for (size_t i = 0; i < n; i++)
        if (!isnan(score[i])) known[count++] = score[i];
    rank_order(count, known, order);
    /* The budget-th largest score; nothing exceeds infinity, everything minus infinity. */
    double threshold = budget == 0      ? INFINITY
                       : budget < count ? known[order[count - budget]]
                                        : -INFINITY;
    for (size_t i = 0; i < count; i++) {
        above += known[i] > threshold;
        tied += known[i] == threshold;
    }
    double room = budget > above ? (double)(budget - above) : 0;
    double share = tied ? fmin(1, room / (double)tied) : 0;
    free(order);
    free(known);
    return select_runs(n, score, label, cost, threshold, share);
}
