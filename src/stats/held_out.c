#include "stats/held_out.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "stats/logistic.h"
#include "stats/moments.h"
#include "stats/scratch.h"

/* One group of rows, while groups are dealt into folds. */
typedef struct group {
    uint64_t key;
    int has_positive;
    int fold;
} group_t;

static int by_key(const void *a, const void *b) {
    const group_t *x = a, *y = b;
    return x->key < y->key ? -1 : x->key > y->key;
}

static int by_class_and_key(const void *a, const void *b) {
    const group_t *x = a, *y = b;
    if (x->has_positive != y->has_positive) return y->has_positive - x->has_positive;
    return by_key(a, b);
}

/* Merges equal neighbours of a sorted list; returns how many are left. */
static size_t merge_groups(size_t n, group_t *groups) {
    size_t count = 0;
    for (size_t i = 0; i < n; i++) {
        if (count && groups[count - 1].key == groups[i].key)
            groups[count - 1].has_positive |= groups[i].has_positive;
        else
            groups[count++] = groups[i];
    }
    return count;
}

static void deal_folds(size_t n, const uint64_t *key, const int *label, int folds, int *fold) {
    group_t *groups = scratch(n, sizeof *groups);
    for (size_t i = 0; i < n; i++) groups[i] = (group_t){key[i], label[i] != 0, 0};
    qsort(groups, n, sizeof *groups, by_key);
    size_t count = merge_groups(n, groups);
    qsort(groups, count, sizeof *groups, by_class_and_key);
    for (size_t g = 0; g < count; g++) groups[g].fold = (int)(g % (size_t)folds);
    qsort(groups, count, sizeof *groups, by_key);
    for (size_t i = 0; i < n; i++) {
        group_t *own = bsearch(&(group_t){.key = key[i]}, groups, count, sizeof *groups, by_key);
        fold[i] = own->fold;
    }
    free(groups);
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

/* Collects the rows outside `excluded` and standardises them. A constant feature becomes 0. */
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

/* centre[j] = mean of feature j over all rows that have a fold. */
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
    deal_folds(n, group, label, folds, fold);
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
