#include "stats/roc.h"

#include <math.h>
#include <stdlib.h>

#include "stats/scratch.h"

typedef struct scored {
    double score;
    int is_positive;
} scored_t;

static int higher_first(const void *a, const void *b) {
    double x = ((const scored_t *)a)->score, y = ((const scored_t *)b)->score;
    return (x < y) - (x > y);
}

static size_t take_known(size_t n, const double *score, const int *label, scored_t *rows) {
    size_t count = 0;
    for (size_t i = 0; i < n; i++)
        if (!isnan(score[i])) rows[count++] = (scored_t){score[i], label[i] != 0};
    return count;
}

static void add_point(roc_t *roc, const size_t above[2], const size_t total[2]) {
    size_t k = roc->count++;
    roc->false_positive[k] = (double)above[0] / (double)total[0];
    roc->true_positive[k] = (double)above[1] / (double)total[1];
    roc->across[k] = interval_wilson(above[0], total[0]);
    roc->up[k] = interval_wilson(above[1], total[1]);
}

roc_t roc_curve(size_t n, const double *score, const int *label) {
    roc_t roc = {0};
    scored_t *rows = scratch(n, sizeof *rows);
    size_t count = take_known(n, score, label, rows), total[2] = {0}, above[2] = {0};
    for (size_t i = 0; i < count; i++) total[rows[i].is_positive]++;
    if (total[0] && total[1]) {
        qsort(rows, count, sizeof *rows, higher_first);
        roc.false_positive = scratch(count + 1, sizeof *roc.false_positive);
        roc.true_positive = scratch(count + 1, sizeof *roc.true_positive);
        roc.across = scratch(count + 1, sizeof *roc.across);
        roc.up = scratch(count + 1, sizeof *roc.up);
        add_point(&roc, above, total);
        for (size_t i = 0; i < count; i++) {
            above[rows[i].is_positive]++;
            if (i + 1 == count || rows[i + 1].score < rows[i].score) add_point(&roc, above, total);
        }
    }
    free(rows);
    return roc;
}

void roc_free(roc_t *roc) {
    free(roc->false_positive);
    free(roc->true_positive);
    free(roc->across);
    free(roc->up);
    *roc = (roc_t){0};
}
