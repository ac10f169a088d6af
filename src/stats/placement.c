#include "stats/placement.h"

#include <math.h>
#include <stdlib.h>

#include "stats/scratch.h"

/* Label and weight only settle the order of ties, so that sums do not depend on the order in which
 * rows were given. */
static int in_order(const void *a, const void *b) {
    const placed_t *x = a, *y = b;
    if (x->stratum != y->stratum) return x->stratum < y->stratum ? -1 : 1;
    if (x->score != y->score) return x->score < y->score ? -1 : 1;
    if (x->label != y->label) return x->label - y->label;
    return (x->weight > y->weight) - (x->weight < y->weight);
}

placement_t placement_create(size_t n, const double *score, const int *label, const int *stratum,
                             const double *weight) {
    placement_t placement = {.at = scratch(n, sizeof *placement.at)};
    for (size_t i = 0; i < n; i++) {
        double w = weight ? weight[i] : 1;
        if (isnan(score[i]) || !(w > 0)) continue;
        placement.at[placement.n++] = (placed_t){.score = score[i],
                                                 .weight = w,
                                                 .stratum = stratum ? stratum[i] : 0,
                                                 .label = label[i] != 0,
                                                 .row = i};
    }
    qsort(placement.at, placement.n, sizeof *placement.at, in_order);
    placement_sweep(&placement);
    return placement;
}

void placement_destroy(placement_t *placement) {
    free(placement->at);
    *placement = (placement_t){0};
}

size_t placement_stratum_end(const placement_t *placement, size_t from) {
    size_t end = from;
    while (end < placement->n && placement->at[end].stratum == placement->at[from].stratum) end++;
    return end;
}

/* Weights of one stratum by class: of all its rows, of those below the tie, of the tie itself. */
typedef struct tally {
    double total[2], below[2], tied[2];
} tally_t;

/* V = (below + tied/2) / total for a positive, (total - below - tied/2) / total for a negative:
 * both say how often the pair is in the right order. */
static void place(placed_t *run, const tally_t *t) {
    int rival = !run->label;
    double beaten = t->below[rival] + t->tied[rival] / 2;
    run->rivals = t->total[rival];
    run->share = (run->label ? beaten : run->rivals - beaten) / run->rivals;
}

/* Places the rows at[0..n) that share a score, and moves on above them. */
static void place_tie(placed_t *at, size_t n, tally_t *t, placement_t *sum) {
    t->tied[0] = t->tied[1] = 0;
    for (size_t i = 0; i < n; i++) t->tied[at[i].label] += at[i].weight;
    for (size_t i = 0; i < n; i++) place(&at[i], t);
    sum->wins_twice += t->tied[1] * (2 * t->below[0] + t->tied[0]);
    t->below[0] += t->tied[0];
    t->below[1] += t->tied[1];
}

static void sweep_stratum(placed_t *at, size_t n, placement_t *sum) {
    tally_t tally = {0};
    size_t count[2] = {0};
    for (size_t i = 0; i < n; i++) {
        tally.total[at[i].label] += at[i].weight;
        count[at[i].label]++;
    }
    for (size_t from = 0, end; from < n; from = end) {
        for (end = from + 1; end < n && at[end].score == at[from].score;) end++;
        place_tie(at + from, end - from, &tally, sum);
    }
    if (!count[0] || !count[1]) return; /* no rival, no pair: not part of the AUROC */
    sum->pairs += tally.total[0] * tally.total[1];
    sum->matched[0] += count[0];
    sum->matched[1] += count[1];
    sum->strata++;
}

/* Into a sum of its own, so that sweeping again starts from nothing. */
void placement_sweep(placement_t *placement) {
    placement_t sum = {.at = placement->at, .n = placement->n};
    for (size_t from = 0, end; from < sum.n; from = end) {
        end = placement_stratum_end(placement, from);
        sweep_stratum(sum.at + from, end - from, &sum);
    }
    *placement = sum;
}

double placement_auroc(const placement_t *placement) {
    if (!(placement->pairs > 0)) return NAN;
    long double share = (long double)placement->wins_twice / (2 * (long double)placement->pairs);
    return fmin((double)share, 1); /* weights are no whole numbers: their sums round */
}
