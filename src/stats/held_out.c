#include "stats/held_out.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "stats/logistic.h"
#include "stats/moments.h"
#include "stats/scratch.h"

/* Rows that stay together: those of one group, those of equal features, and so on from row to row.
 * A row left in training beside its twin of the other outcome would be the best reason to predict
 * the wrong one: rows of equal features then rank below chance. */
typedef struct block {
    uint64_t key; /* the smallest of its groups; of all rows of the block the same */
    int has_positive, has_negative;
    int fold;
} block_t;

/* What the rows are sorted by while blocks are found. All borrowed. */
typedef struct table {
    size_t d;
    const double *x; /* [n,d] */
    const uint64_t *group;
} table_t;

static int by_group(const void *a, const void *b, void *table) {
    const uint64_t *group = ((const table_t *)table)->group;
    uint64_t x = group[*(const size_t *)a], y = group[*(const size_t *)b];
    return x < y ? -1 : x > y;
}

/* Any order will do that puts equal rows side by side, so bits are as good as values. */
static int by_features(const void *a, const void *b, void *table) {
    const table_t *t = table;
    const double *x = t->x + *(const size_t *)a * t->d, *y = t->x + *(const size_t *)b * t->d;
    return memcmp(x, y, t->d * sizeof *x);
}

/* The root of a row's block, with the path to it halved (Tarjan and van Leeuwen 1984). */
static size_t root_of(size_t *parent, size_t row) {
    while (parent[row] != row) row = parent[row] = parent[parent[row]];
    return row;
}

/* Joins the blocks of neighbours that `compare` calls equal. */
static void join_equal(size_t n, size_t *order, size_t *parent, table_t *table,
                       int (*compare)(const void *, const void *, void *)) {
    for (size_t i = 0; i < n; i++) order[i] = i;
    qsort_r(order, n, sizeof *order, compare, table);
    for (size_t i = 1; i < n; i++)
        if (compare(&order[i - 1], &order[i], table) == 0)
            parent[root_of(parent, order[i])] = root_of(parent, order[i - 1]);
}

/* key[row] := the smallest group among the rows of its block: no two blocks share a group. */
static void find_blocks(size_t n, table_t *table, uint64_t *key) {
    size_t *order = scratch(n, sizeof *order), *parent = scratch(n, sizeof *parent);
    for (size_t i = 0; i < n; i++) parent[i] = i;
    join_equal(n, order, parent, table, by_group);
    join_equal(n, order, parent, table, by_features);
    for (size_t i = 0; i < n; i++) key[i] = table->group[root_of(parent, i)];
    for (size_t i = 0; i < n; i++) {
        size_t root = root_of(parent, i);
        if (table->group[i] < key[root]) key[root] = table->group[i];
    }
    for (size_t i = 0; i < n; i++) key[i] = key[root_of(parent, i)];
    free(parent);
    free(order);
}

static int by_key(const void *a, const void *b) {
    const block_t *x = a, *y = b;
    return x->key < y->key ? -1 : x->key > y->key;
}

static int by_class_and_key(const void *a, const void *b) {
    const block_t *x = a, *y = b;
    if (x->has_positive != y->has_positive) return y->has_positive - x->has_positive;
    return by_key(a, b);
}

/* Merges equal neighbours of a sorted list; returns how many are left. */
static size_t merge_blocks(size_t n, block_t *blocks) {
    size_t count = 0;
    for (size_t i = 0; i < n; i++) {
        if (count && blocks[count - 1].key == blocks[i].key) {
            blocks[count - 1].has_positive |= blocks[i].has_positive;
            blocks[count - 1].has_negative |= blocks[i].has_negative;
        } else {
            blocks[count++] = blocks[i];
        }
    }
    return count;
}

/* At most `folds`, and so few that each can have blocks of both classes: a fold of positives alone
 * leaves fewer behind than one of negatives does, and its slopes lean against it. At least two. */
static size_t count_folds(size_t count, const block_t *blocks, size_t folds) {
    size_t with[2] = {0};
    for (size_t i = 0; i < count; i++) {
        with[0] += (size_t)blocks[i].has_negative;
        with[1] += (size_t)blocks[i].has_positive;
    }
    size_t fewer = with[0] < with[1] ? with[0] : with[1];
    return fewer < 2 ? 2 : fewer < folds ? fewer : folds;
}

static void deal_folds(size_t n, const uint64_t *key, const int *label, size_t folds, int *fold) {
    block_t *blocks = scratch(n, sizeof *blocks);
    for (size_t i = 0; i < n; i++) blocks[i] = (block_t){key[i], label[i] != 0, label[i] == 0, 0};
    qsort(blocks, n, sizeof *blocks, by_key);
    size_t count = merge_blocks(n, blocks);
    folds = count_folds(count, blocks, folds);
    qsort(blocks, count, sizeof *blocks, by_class_and_key);
    for (size_t g = 0; g < count; g++) blocks[g].fold = (int)(g % folds);
    qsort(blocks, count, sizeof *blocks, by_key);
    for (size_t i = 0; i < n; i++) {
        block_t *own = bsearch(&(block_t){.key = key[i]}, blocks, count, sizeof *blocks, by_key);
        fold[i] = own->fold;
    }
    free(blocks);
}

/* The rows a fold is predicted from: features standardised by their own mean and deviation. */
typedef struct training {
    size_t n, positives;
    double *x;  /* owned [rows,d] */
    int *label; /* owned [rows]   */
    double mean[LOGISTIC_FEATURES_MAX], scale[LOGISTIC_FEATURES_MAX];
} training_t;

static void standardise(const training_t *training, size_t d, double *x) {
    for (size_t j = 0; j < d; j++) x[j] = (x[j] - training->mean[j]) / training->scale[j];
}

/* Collects the rows outside `excluded` and standardises them by their own moments: those of all
 * rows would know something of the rows that are predicted. A constant feature becomes 0. */
static void collect(size_t n, size_t d, const double *x, const int *label, const int *fold,
                    int excluded, training_t *training) {
    training->n = training->positives = 0;
    for (size_t i = 0; i < n; i++) {
        if (fold[i] == excluded || fold[i] < 0) continue;
        memcpy(training->x + training->n * d, x + i * d, d * sizeof *x);
        training->positives += label[i] != 0;
        training->label[training->n++] = label[i];
    }
    double *column = scratch(training->n, sizeof *column);
    for (size_t j = 0; j < d; j++) {
        for (size_t i = 0; i < training->n; i++) column[i] = training->x[i * d + j];
        moments_t m = moments(training->n, column);
        training->mean[j] = m.mean;
        training->scale[j] = m.sd > 0 ? m.sd : 1;
    }
    free(column);
    for (size_t i = 0; i < training->n; i++) standardise(training, d, training->x + i * d);
}

/* The one point that all folds measure from. centre[j] = mean of feature j over all rows that have
 * a fold. */
static void find_centre(size_t n, size_t d, const double *x, const int *fold, double *centre) {
    double *column = scratch(n, sizeof *column);
    for (size_t j = 0; j < d; j++) {
        for (size_t i = 0; i < n; i++) column[i] = fold[i] < 0 ? NAN : x[i * d + j];
        centre[j] = moments(n, column).mean;
    }
    free(column);
}

static void predict_fold(size_t n, size_t d, const double *x, const int *fold, int predicted,
                         double ridge, training_t *training, const double *centre,
                         const held_out_t *out) {
    double beta[LOGISTIC_FEATURES_MAX + 1], row[LOGISTIC_FEATURES_MAX];
    logistic_fit(training->n, d, training->x, training->label, ridge, beta);
    for (size_t i = 0; i < n; i++) {
        if (fold[i] != predicted) continue;
        double sum = 0; /* no intercept: it is the prevalence of this fold's training rows */
        for (size_t j = 0; j < d; j++)
            sum += beta[j + 1] * (x[i * d + j] - centre[j]) / training->scale[j];
        memcpy(row, x + i * d, d * sizeof *row);
        standardise(training, d, row);
        if (out->probability) out->probability[i] = logistic_predict(d, beta, row);
        if (out->log_odds_ratio) out->log_odds_ratio[i] = sum;
    }
}

/* Fold of every row, -1 for rows with an unknown feature. */
static void find_folds(size_t n, size_t d, const double *x, const int *label, const uint64_t *group,
                       int folds, int *fold) {
    uint64_t *key = scratch(n, sizeof *key);
    find_blocks(n, &(table_t){d, x, group}, key);
    deal_folds(n, key, label, (size_t)folds, fold);
    free(key);
    for (size_t i = 0; i < n; i++)
        for (size_t j = 0; j < d; j++)
            if (!isfinite(x[i * d + j])) fold[i] = -1;
}

static void fill_unknown(size_t n, double *x) {
    for (size_t i = 0; x && i < n; i++) x[i] = NAN;
}

void held_out_logistic(size_t n, size_t d, const double *x, const int *label, const uint64_t *group,
                       int folds, double ridge, held_out_t out) {
    training_t training = {.x = scratch(n * d, sizeof(double)), .label = scratch(n, sizeof(int))};
    int *fold = scratch(n, sizeof *fold);
    double centre[LOGISTIC_FEATURES_MAX];
    fill_unknown(n, out.probability);
    fill_unknown(n, out.log_odds_ratio);
    find_folds(n, d, x, label, group, folds, fold);
    find_centre(n, d, x, fold, centre);
    for (int f = 0; f < folds; f++) {
        collect(n, d, x, label, fold, f, &training);
        if (training.positives > 0 && training.positives < training.n)
            predict_fold(n, d, x, fold, f, ridge, &training, centre, &out);
    }
    free(fold);
    free(training.label);
    free(training.x);
}
