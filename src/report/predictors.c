#include "report/predictors.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "report/config_scores.h"
#include "stats/delong.h"
#include "stats/scratch.h"

#define ONE_SIDED 0.025 /* of a 95 % interval that lies on one side */
enum { DEALS = 1999, SEED = 1 };

#define STRATUM(...) {__VA_ARGS__},
const stratum_row_t stratum_rows[] = {
#include "analysis/strata.def"
};
#undef STRATUM
const size_t stratum_row_count = sizeof stratum_rows / sizeof *stratum_rows;
_Static_assert(sizeof stratum_rows / sizeof *stratum_rows <= STRATA_MAX, "raise STRATA_MAX");

/* A number drawn at random has nearly as many values as there are runs, and at none of them enough
 * runs to compare: more than VALUES_MAX are cut into SHARES strata of about as many runs each, in
 * ascending order; runs of one value stay together. Returns how many strata there are then. */
static int cut_into_shares(const cohort_t *cohort, const char *column, int count, int *stratum) {
    enum { VALUES_MAX = 12, SHARES = 5 };
    size_t rows = cohort->runs.rows, known = 0;
    if (count <= VALUES_MAX || frame_find(&cohort->runs, column)->text) return count;
    size_t *runs = scratch((size_t)count, sizeof *runs);
    int *place = scratch((size_t)count, sizeof *place), strata = 0;
    for (size_t i = 0; i < rows; i++)
        if (stratum[i] >= 0) runs[stratum[i]]++, known++;
    size_t before = 0, share = 0; /* runs of smaller values; the share they fill up to */
    for (int v = 0; v < count; before += runs[v], v++) {
        if (v && SHARES * before / known > share) strata++;
        share = SHARES * before / known;
        place[v] = strata;
    }
    for (size_t i = 0; i < rows; i++)
        if (stratum[i] >= 0) stratum[i] = place[stratum[i]];
    free(place);
    free(runs);
    return strata + 1;
}

static int make_strata(const cohort_t *cohort, const char *column, int *stratum) {
    int count = cohort_strata(cohort, column, stratum);
    return cut_into_shares(cohort, column, count, stratum);
}

/* Landmarks anew: what a fit may learn from and what counts as a stratum are the runs of the
 * cohort. */
predictors_t predictors_create(const frame_t *trials, int landmark) {
    predictors_t predictors = {.cohort = cohort_in_turn(trials, landmark)};
    config_scores_add(&predictors.cohort);
    for (size_t s = 0; s < stratum_row_count; s++) {
        predictors.stratum[s] = scratch(predictors.cohort.runs.rows, sizeof(int));
        predictors.stratum_count[s] =
            make_strata(&predictors.cohort, stratum_rows[s].column, predictors.stratum[s]);
    }
    return predictors;
}

void predictors_destroy(predictors_t *predictors) {
    for (size_t s = 0; s < stratum_row_count; s++) free(predictors->stratum[s]);
    cohort_destroy(&predictors->cohort);
    *predictors = (predictors_t){0};
}

double *predictors_score(cohort_t *cohort, const char *column, int last_step) {
    const double *value = cohort_numbers(cohort, column);
    double *own = scratch(cohort->runs.rows, sizeof *own);
    for (size_t i = 0; i < cohort->runs.rows; i++) own[i] = value[i];
    if (last_step < 0) return own;
    const double *step = cohort_numbers(cohort, "outcome/step");
    for (size_t i = 0; i < cohort->runs.rows; i++)
        if (!cohort->diverged[i] && step[i] <= last_step) own[i] = NAN;
    return own;
}

/* "0.001", or "0.001–0.01" of a stratum of several values. */
static void name_stratum(const cohort_t *cohort, const char *column, size_t low, size_t high,
                         char text[CELL_SHOWN_MAX]) {
    char last[CELL_SHOWN_MAX];
    cohort_value(cohort, column, low, text);
    cohort_value(cohort, column, high, last);
    if (strcmp(text, last) != 0) text_append(text, CELL_SHOWN_MAX, "–%s", last);
}

stratum_count_t predictors_count(const predictors_t *predictors, size_t which, int stratum) {
    const cohort_t *cohort = &predictors->cohort;
    const char *column = stratum_rows[which].column;
    const frame_column_t *values = frame_find(&cohort->runs, column);
    size_t low = 0, high = 0;
    stratum_count_t count = {0};
    for (size_t i = 0; i < cohort->runs.rows; i++) {
        if (predictors->stratum[which][i] != stratum) continue;
        if (count.runs++ == 0) low = high = i;
        if (values->number && values->number[i] < values->number[low]) low = i;
        if (values->number && values->number[i] > values->number[high]) high = i;
        count.diverged += (size_t)cohort->diverged[i];
    }
    if (count.runs) name_stratum(cohort, column, low, high, count.value);
    return count;
}

/* Weights are 1 where nothing was pruned and the sweep came to its end, so there is one way for
 * all. */
auroc_t predictors_auroc(const cohort_t *cohort, const double *score, const int *stratum) {
    return auroc_weighted(cohort->runs.rows, score, cohort->diverged, stratum, cohort->weight);
}

interval_t predictors_interval(const cohort_t *cohort, const double *score, const int *stratum) {
    return delong(cohort->runs.rows, score, cohort->diverged, stratum, cohort->weight).interval;
}

/* The interval comes first: it is cheap, and most scores end there. */
int predictors_is_inverted(const cohort_t *cohort, const double *score) {
    if (!(predictors_interval(cohort, score, NULL).high < 0.5)) return 0;
    return auroc_chance_below(cohort->runs.rows, score, cohort->diverged, NULL, cohort->weight,
                              DEALS, SEED) <= ONE_SIDED;
}

/* The scores of the runs whose stratum is known: the others are not alike for that. Owned by the
 * caller. */
static double *known_scores(const predictors_t *predictors, const double *score, size_t which) {
    double *known = scratch(predictors->cohort.runs.rows, sizeof *known);
    for (size_t i = 0; i < predictors->cohort.runs.rows; i++)
        known[i] = predictors->stratum[which][i] < 0 ? NAN : score[i];
    return known;
}

/* NaN, too, where no run has the column. */
auroc_t predictors_within(const predictors_t *predictors, const double *score, size_t which) {
    double *known = known_scores(predictors, score, which);
    auroc_t within = predictors_auroc(&predictors->cohort, known, predictors->stratum[which]);
    free(known);
    return within;
}

interval_t predictors_within_interval(const predictors_t *predictors, const double *score,
                                      size_t which) {
    double *known = known_scores(predictors, score, which);
    interval_t interval =
        predictors_interval(&predictors->cohort, known, predictors->stratum[which]);
    free(known);
    return interval;
}
