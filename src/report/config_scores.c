#include "report/config_scores.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "stats/held_out.h"
#include "stats/logistic.h"
#include "stats/moments.h"
#include "stats/scratch.h"

enum { FOLDS = 10, RIDGE = 1, FLAGS_MAX = 8 /* a parameter of more values has no row */ };

/* Config keys are dotted; items of the record carry a slash; id, replica and state neither. */
static int is_config_key(const char *name) { return strchr(name, '.') && !strchr(name, '/'); }

static uint64_t value_hash(const frame_column_t *column, size_t row) {
    return column->text ? text_hash(column->text[row], strlen(column->text[row]))
                        : text_hash(&column->number[row], sizeof column->number[row]);
}

static int is_same(const frame_column_t *column, size_t a, size_t b) {
    return column->text
               ? strcmp(column->text[a], column->text[b]) == 0
               : memcmp(&column->number[a], &column->number[b], sizeof *column->number) == 0;
}

static int varies(const frame_column_t *column, size_t rows) {
    for (size_t row = 1; row < rows; row++)
        if (!is_same(column, row, 0)) return 1;
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
    for (size_t i = 0; name && i < cohort->runs.rows; i++)
        score[i] = *name[i] ? strcmp(name[i], "none") == 0 : NAN;
}

/* --- a program's own parameters, each alone --- */

static void add_number(cohort_t *cohort, const char *name, const double *value) {
    char score[CELL_SHOWN_MAX + 32] = "";
    text_append(score, sizeof score, "%s%s", CONFIG_PARAMETER, name);
    double *own = frame_numbers(&cohort->runs, score);
    for (size_t i = 0; i < cohort->runs.rows; i++) own[i] = value[i];
}

/* A flag a value; of two values the first is what the other is not. */
static void add_flags(cohort_t *cohort, const char *column, const char *name) {
    int *place = scratch(cohort->runs.rows, sizeof *place);
    int count = cohort_strata(cohort, column, place);
    double *flag = scratch(cohort->runs.rows, sizeof *flag);
    for (int v = count == 2; v < count && count <= FLAGS_MAX; v++) {
        char value[CELL_SHOWN_MAX], flag_name[2 * CELL_SHOWN_MAX] = "";
        for (size_t i = 0; i < cohort->runs.rows; i++) {
            if (place[i] == v) cohort_value(cohort, column, i, value);
            flag[i] = place[i] < 0 ? NAN : place[i] == v;
        }
        text_append(flag_name, sizeof flag_name, "%s is %s", name, value);
        add_number(cohort, flag_name, flag);
    }
    free(flag);
    free(place);
}

/* What stands for an option of ours is not among them any more (roles.h). */
static void add_parameters(cohort_t *cohort) {
    static const char prefix[] = "params.";
    size_t count = cohort->runs.column_count; /* those that come with it */
    for (size_t c = 0; c < count; c++) {
        const frame_column_t column = cohort->runs.columns[c];
        const char *name = column.name + sizeof prefix - 1;
        if (strncmp(column.name, prefix, sizeof prefix - 1) != 0) continue;
        if (!varies(&column, cohort->runs.rows)) continue;
        if (column.text)
            add_flags(cohort, column.name, name);
        else
            add_number(cohort, name, column.number);
    }
}

/* Features of the runs, row by row: what a logistic regression sees of them. */
typedef struct features {
    size_t rows, count;
    double *x; /* owned [rows, count]; NULL when count is above LOGISTIC_FEATURES_MAX */
} features_t;

/* Numbers of one option: how many features they take, and what these are. */
typedef struct number_scale {
    int is_log;     /* all above 0: what is tried spans factors, not sums                */
    int has_gaps;   /* unknown in some runs: a feature of its own says in which           */
    double instead; /* in those: the mean of the others, which moves the fit in no direction */
} number_scale_t;

static number_scale_t scale_of(const frame_column_t *column, size_t rows) {
    number_scale_t scale = {.is_log = 1};
    double *x = scratch(rows, sizeof *x);
    for (size_t i = 0; i < rows; i++) {
        scale.has_gaps |= isnan(column->number[i]);
        scale.is_log &= !(column->number[i] <= 0);
    }
    for (size_t i = 0; i < rows; i++)
        x[i] = scale.is_log ? log10(column->number[i]) : column->number[i];
    scale.instead = moments(rows, x).mean;
    free(x);
    return scale;
}

/* Writes the features of one option behind the `at` first of each row; with x NULL it only counts
 * them. Returns how many there are then. */
static size_t put_numbers(const frame_column_t *column, features_t *features, size_t at) {
    number_scale_t scale = scale_of(column, features->rows);
    for (size_t i = 0; features->x && i < features->rows; i++) {
        double *row = features->x + i * features->count + at, value = column->number[i];
        row[0] = isnan(value) ? scale.instead : scale.is_log ? log10(value) : value;
        if (scale.has_gaps) row[1] = isnan(value);
    }
    return at + 1 + (size_t)scale.has_gaps;
}

/* One indicator per name; an unknown one has none. */
static size_t put_names(const cohort_t *cohort, const char *column, features_t *features,
                        size_t at) {
    int *name = scratch(features->rows, sizeof *name);
    size_t names = (size_t)cohort_strata(cohort, column, name);
    for (size_t i = 0; features->x && i < features->rows; i++)
        if (name[i] >= 0) features->x[i * features->count + at + (size_t)name[i]] = 1;
    free(name);
    return at + names;
}

static size_t put_options(const cohort_t *cohort, features_t *features) {
    size_t at = 0;
    for (size_t c = 0; c < cohort->runs.column_count; c++) {
        const frame_column_t *column = &cohort->runs.columns[c];
        if (!is_config_key(column->name) || !varies(column, features->rows)) continue;
        at = column->text ? put_names(cohort, column->name, features, at)
                          : put_numbers(column, features, at);
    }
    return at;
}

/* All options that vary among the runs, and `beside` [rows], NULL = nothing. An option that does
 * not vary is the intercept's. */
static features_t features_create(const cohort_t *cohort, const double *beside) {
    features_t features = {.rows = cohort->runs.rows};
    features.count = put_options(cohort, &features) + (beside != NULL);
    if (features.count > LOGISTIC_FEATURES_MAX) return features;
    features.x = scratch(features.rows * features.count, sizeof *features.x);
    put_options(cohort, &features);
    for (size_t i = 0; beside && i < features.rows; i++)
        features.x[(i + 1) * features.count - 1] = beside[i];
    return features;
}

static void add_held_out(cohort_t *cohort, const double *x, size_t count, held_out_t out) {
    size_t rows = cohort->runs.rows;
    uint64_t *group = scratch(rows, sizeof *group);
    hash_configs(&cohort->runs, group);
    held_out_logistic(rows, count, x, cohort->diverged, group, FOLDS, RIDGE, out);
    free(group);
}

static void add_logistic(cohort_t *cohort, const char *name, const double *beside) {
    features_t features = features_create(cohort, beside);
    double *score = frame_numbers(&cohort->runs, name);
    if (features.count == 0) /* one configuration: it tells no run from another */
        for (size_t i = 0; i < features.rows; i++) score[i] = 0;
    else if (features.x)
        add_held_out(cohort, features.x, features.count, (held_out_t){.log_odds_ratio = score});
    free(features.x);
}

/* All or nothing. A fold is without a prediction where the others are of one class, so just the
 * only runs that diverged would be missing, and what is left would look calibrated by any score. */
static void add_calibrated(cohort_t *cohort) {
    double *calibrated = frame_numbers(&cohort->runs, "config/calibrated");
    const double *raw = cohort_numbers(cohort, "summary/m_near_unit");
    int has_gap = 0;
    add_held_out(cohort, raw, 1, (held_out_t){.probability = calibrated});
    for (size_t i = 0; i < cohort->runs.rows; i++)
        has_gap |= !isnan(raw[i]) && isnan(calibrated[i]);
    for (size_t i = 0; has_gap && i < cohort->runs.rows; i++) calibrated[i] = NAN;
}

void config_scores_add(cohort_t *cohort) {
    add_no_norm(cohort);
    add_parameters(cohort);
    add_logistic(cohort, "config/logistic", NULL);
    add_logistic(cohort, "config/logistic_risk", cohort_numbers(cohort, "summary/m_near_unit"));
    add_calibrated(cohort);
}
