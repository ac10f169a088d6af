/* predictors.h: what both tables of predictors have in common. */
#ifndef REPORT_PREDICTORS_H
#define REPORT_PREDICTORS_H

#include "report/cohort.h"
#include "stats/auroc.h"
#include "stats/interval.h"

/* What no predictor should merely read off (analysis/strata.def). */
typedef struct stratum_row {
    const char *key, *label, *column;
} stratum_row_t;

enum { STRATA_MAX = 8 };
extern const stratum_row_t stratum_rows[];
extern const size_t stratum_row_count;

/* All runs of one landmark with the configuration's scores (config_scores.h) and strata. */
typedef struct predictors {
    cohort_t cohort;
    int *stratum[STRATA_MAX];      /* owned [rows] for each stratum row; of a number with more
                                    * than 12 values: fifths of the runs, by its size       */
    int stratum_count[STRATA_MAX]; /* 0: the frame has no such column             */
} predictors_t;

predictors_t predictors_create(const frame_t *trials, int landmark);
void predictors_destroy(predictors_t *predictors);

enum { PREDICTOR_CONFIG = -2, PREDICTOR_INIT = -1 }; /* as last step: nothing measured; untrained */

/* own[runs.rows] := what a predictor says that looks at the steps up to `last_step`. NaN where the
 * run came to its end without that step: what its record has under that name was seen earlier. A
 * run that diverged before keeps its value. Owned by the caller. */
double *predictors_score(cohort_t *cohort, const char *column, int last_step);

/* The runs of one stratum of stratum row `which`. */
typedef struct stratum_count {
    size_t runs, diverged;
    char value[CELL_SHOWN_MAX]; /* "pre_ln", "0.001", "0.001–0.0023" */
} stratum_count_t;
stratum_count_t predictors_count(const predictors_t *predictors, size_t which, int stratum);

/* AUROC of the runs and its interval (stats/delong.h), each run weighted by the trials it stands
 * for. `stratum` NULL: all pairs, else those within one. */
auroc_t predictors_auroc(const cohort_t *cohort, const double *score, const int *stratum);
interval_t predictors_interval(const cohort_t *cohort, const double *score, const int *stratum);

/* 1 when low scores go with divergence beyond what chance explains: the interval lies below 1/2,
 * and of labels dealt at random less than 2.5 % give an AUROC as low. The first alone says so too
 * often where a class has few runs, the second where the classes merely scatter differently. */
int predictors_is_inverted(const cohort_t *cohort, const double *score);

/* AUROC among runs of one stratum of row `which`, pooled; NaN when no pair does. */
auroc_t predictors_within(const predictors_t *predictors, const double *score, size_t which);
interval_t predictors_within_interval(const predictors_t *predictors, const double *score,
                                      size_t which);

#endif
