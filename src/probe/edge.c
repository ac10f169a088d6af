#include "probe/edge.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "probe/gradients.h"
#include "stats/auroc.h"
#include "stats/scratch.h"

enum { FIRST_STEP = 20 };

static int has_spike(const double *loss, size_t first, size_t end) {
    for (size_t step = first; step < end; step++)
        if (gradient_is_loss_spike(loss, step)) return 1;
    return 0;
}

/* One past the last step of estimate i's interval. */
static size_t interval_end(size_t steps, const int64_t *at, size_t count, size_t i) {
    return i + 1 < count && (size_t)at[i + 1] < steps ? (size_t)at[i + 1] + 1 : steps;
}

edge_counts_t edge_count(const double *loss, size_t steps, const int64_t *at, const double *ratio,
                         size_t count) {
    edge_counts_t counts = {.auroc = NAN};
    double *score = scratch(count + 1, sizeof *score);
    int *spiked = scratch(count + 1, sizeof *spiked);
    size_t n = 0;
    for (size_t i = 0; i < count; i++) {
        size_t first = (size_t)at[i] + 1, end = interval_end(steps, at, count, i);
        if (at[i] < FIRST_STEP || first >= end || isnan(ratio[i])) continue;
        score[n] = ratio[i];
        spiked[n] = has_spike(loss, first, end);
        *(ratio[i] > 1 ? &counts.above : &counts.below) += 1;
        *(ratio[i] > 1 ? &counts.above_spiked : &counts.below_spiked) += spiked[n++];
    }
    counts.auroc = auroc(n, score, spiked).value;
    free(score);
    free(spiked);
    return counts;
}

/* --- a trial's record --- */

static const struct {
    const char *matrix, *suffix; /* as in curvature/..., as in summary/... */
} matrices[] = {{"preconditioned", ""}, {"hessian", "_hessian"}};

static const record_item_t *find(const record_t *record, const char *matrix, const char *name) {
    char path[RECORD_PATH_MAX];
    snprintf(path, sizeof path, "curvature/%s_%s", matrix, name);
    return record_find(record, path);
}

static void put(record_t *record, const char *name, const char *suffix, double value) {
    char path[RECORD_PATH_MAX];
    snprintf(path, sizeof path, "edge/%s%s", name, suffix);
    record_put_f64(record, path, value);
}

static void put_counts(record_t *record, const char *suffix, const edge_counts_t *counts) {
    put(record, "above", suffix, counts->above);
    put(record, "above_spiked", suffix, counts->above_spiked);
    put(record, "below", suffix, counts->below);
    put(record, "below_spiked", suffix, counts->below_spiked);
    put(record, "auroc", suffix, counts->auroc);
}

void edge_record(record_t *record) {
    const record_item_t *loss = record_find(record, "series/loss");
    const record_item_t *step = record_find(record, "curvature/step");
    for (size_t m = 0; loss && step && m < sizeof matrices / sizeof *matrices; m++) {
        const record_item_t *lambda = find(record, matrices[m].matrix, "lambda");
        const record_item_t *edge = find(record, matrices[m].matrix, "edge");
        if (!lambda || !edge) continue;
        size_t count = record_item_count(step);
        double *ratio = scratch(count, sizeof *ratio);
        for (size_t i = 0; i < count; i++)
            ratio[i] = ((double *)lambda->data)[i] / ((double *)edge->data)[i];
        edge_counts_t counts =
            edge_count(loss->data, record_item_count(loss), step->data, ratio, count);
        free(ratio);
        put_counts(record, matrices[m].suffix, &counts);
        /* The items may have moved. */
        loss = record_find(record, "series/loss");
        step = record_find(record, "curvature/step");
    }
}
