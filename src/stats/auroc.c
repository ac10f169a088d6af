#include "stats/auroc.h"

#include <math.h>

#include "base/rng.h"
#include "stats/placement.h"

auroc_t auroc_weighted(size_t n, const double *score, const int *label, const int *stratum,
                       const double *weight) {
    placement_t placement = placement_create(n, score, label, stratum, weight);
    auroc_t result = {.value = placement_auroc(&placement),
                      .dropped = n - placement.n,
                      .strata = placement.strata,
                      .pairs = placement.pairs};
    for (size_t i = 0; i < placement.n; i++) result.positives += (size_t)placement.at[i].label;
    result.negatives = placement.n - result.positives;
    placement_destroy(&placement);
    return result;
}

auroc_t auroc_within(size_t n, const double *score, const int *label, const int *stratum) {
    return auroc_weighted(n, score, label, stratum, NULL);
}

auroc_t auroc(size_t n, const double *score, const int *label) {
    return auroc_weighted(n, score, label, NULL, NULL);
}

/* Deals the labels at[0..n) anew (Fisher and Yates). Strata are dealt alone: that one of them
 * diverges more often than another is no news of the score. */
static void deal(rng_t *rng, placed_t *at, size_t n) {
    for (size_t i = n; i > 1; i--) {
        size_t other = rng_below(rng, (uint32_t)i);
        int label = at[i - 1].label;
        at[i - 1].label = at[other].label;
        at[other].label = label;
    }
}

/* The same stream for all strata, one after the other: they stand in a fixed order. */
static void deal_all(placement_t *placement, rng_t rng) {
    for (size_t from = 0, end; from < placement->n; from = end) {
        end = placement_stratum_end(placement, from);
        deal(&rng, placement->at + from, end - from);
    }
    placement_sweep(placement);
}

double auroc_chance_below(size_t n, const double *score, const int *label, const int *stratum,
                          const double *weight, int deals, uint64_t seed) {
    placement_t placement = placement_create(n, score, label, stratum, weight);
    double found = placement_auroc(&placement);
    int hits = 0;
    for (int k = 0; k < deals && !isnan(found); k++) {
        deal_all(&placement, rng_open(seed, 0, "permutation", (uint32_t)k));
        hits += placement_auroc(&placement) <= found * (1 + 1e-12); /* equal up to rounding */
    }
    placement_destroy(&placement);
    /* The deal that was found is one of those that were possible, so p is never 0. */
    return isnan(found) ? NAN : (1.0 + hits) / (1.0 + deals);
}
