#include "report/config_scores.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "stats/held_out.h"
#include "stats/logistic.h"
#include "stats/scratch.h"

enum { FOLDS = 10, RIDGE = 1, NORMS_MAX = LOGISTIC_FEATURES_MAX - 2 };

/* Config keys are dotted; items of the record carry a slash; id, replica and state neither. */
static int is_config_key(const char *name) { return strchr(name, '.') && !strchr(name, '/'); }

static uint64_t value_hash(const frame_column_t *column, size_t row) {
    return column->text ? text_hash(column->text[row], strlen(column->text[row]))
                        : text_hash(&column->number[row], sizeof column->number[row]);
}

static int varies(const frame_column_t *column, size_t rows) {
    for (size_t row = 1; row < rows; row++)
        if (value_hash(column, row) != value_hash(column, 0)) return 1;
    return 0;
}

/* hash[row] = the same number for runs that differ at most in their replica. Of the options that
 * vary alone, in any order: folds do not change when koopsweep learns another option. */
static void hash_configs(const frame_t *runs, uint64_t *hash) {
    for (size_t c = 0; c < runs->column_count; c++) {
        const frame_column_t *column = &runs->columns[c];
        if (!is_config_key(column->name) || !varies(column, runs->rows)) continue;
        uint64_t part[2] = {text_hash(column->name, strlen(column->name))};
        for (size_t row = 0; row < runs->rows; row++) {
            part[1] = value_hash(column, row);
            hash[row] += text_hash(part, sizeof part);
        }
    }
}

static void add_no_norm(cohort_t *cohort) {
    const frame_column_t *norm = frame_find(&cohort->runs, "model.norm");
    char **name = norm ? norm->text : NULL;
    double *score = frame_numbers(&cohort->runs, "config/no_norm");
    for (size_t i = 0; name && i < cohort->runs.rows; i++) score[i] = strcmp(name[i], "none") == 0;
}

/* log10 lr, depth, and one indicator per normalisation. Returns the number of features. */
static size_t config_features(cohort_t *cohort, double **features) {
    size_t rows = cohort->runs.rows;
    int *norm = scratch(rows, sizeof *norm);
    int norms = cohort_strata(cohort, "model.norm", norm);
    size_t count = 2 + (size_t)(norms < NORMS_MAX ? norms : NORMS_MAX);
    const double *lr = cohort_numbers(cohort, "train.lr");
    const double *depth = cohort_numbers(cohort, "model.layers");
    double *x = *features = scratch(rows * count, sizeof *x);
    for (size_t i = 0; i < rows; i++) {
        x[i * count] = log10(lr[i]);
        x[i * count + 1] = depth[i];
        if (norm[i] >= 0 && norm[i] < NORMS_MAX) x[i * count + 2 + (size_t)norm[i]] = 1;
    }
    free(norm);
    return count;
}

static void add_held_out(cohort_t *cohort, const double *features, size_t count, held_out_t out) {
    size_t rows = cohort->runs.rows;
    uint64_t *group = scratch(rows, sizeof *group);
    hash_configs(&cohort->runs, group);
    held_out_logistic(rows, count, features, cohort->diverged, group, FOLDS, RIDGE, out);
    free(group);
}

void config_scores_add(cohort_t *cohort) {
    double *features;
    size_t count = config_features(cohort, &features);
    double *logistic = frame_numbers(&cohort->runs, "config/logistic");
    double *calibrated = frame_numbers(&cohort->runs, "config/calibrated");
    add_no_norm(cohort);
    add_held_out(cohort, features, count, (held_out_t){.log_odds_ratio = logistic});
    add_held_out(cohort, cohort_numbers(cohort, "summary/m_near_unit"), 1,
                 (held_out_t){.probability = calibrated});
    free(features);
}
