/* strata.c: AUROC of the main predictors inside every single stratum of norm, depth and lr. */
#include <math.h>
#include <stdlib.h>

#include "report/predictors.h"
#include "report/recipe.h"
#include "stats/scratch.h"

enum { CONFIG = PREDICTOR_CONFIG, INIT = PREDICTOR_INIT };

static const struct {
    const char *key, *column;
    int last_step;
} scores[] = {
#define SCORE(key, title, column, last_step) {key, column, last_step},
#include "analysis/strata_scores.def"
#undef SCORE
};

static const report_column_t columns[] = {
    {.key = "stratum", .title = "stratum"},
    {.key = "diverged", .key_two = "runs", .title = "diverged\n/runs", .kind = CELL_RATE},
#define SCORE(key_, title_, column_, last_step_)                                                   \
    {.key = key_, .title = title_, .kind = CELL_NUMBER, .decimals = 3, .missing = "n/a"},
#include "analysis/strata_scores.def"
#undef SCORE
};

/* One stratum: runs outside it get no score. No intervals: a stratum has some ten runs, and what
 * can be said over all of them stands in Table 2. */
static void add_stratum(report_table_t *table, predictors_t *predictors, size_t which,
                        int stratum) {
    cohort_t *cohort = &predictors->cohort;
    size_t rows = cohort->runs.rows;
    stratum_count_t count = predictors_count(predictors, which, stratum);
    double *own = scratch(rows, sizeof *own); /* NaN: left out by every statistic */
    report_add_row(table, stratum_rows[which].column);
    report_set_text(table, "stratum", "%s", count.value);
    report_set_two(table, "diverged", (double)count.diverged, (double)count.runs);
    for (size_t k = 0; k < sizeof scores / sizeof *scores; k++) {
        double *score = predictors_score(cohort, scores[k].column, scores[k].last_step);
        for (size_t i = 0; i < rows; i++)
            own[i] = predictors->stratum[which][i] == stratum ? score[i] : NAN;
        report_set(table, scores[k].key, predictors_auroc(cohort, own, NULL).value);
        free(score);
    }
    free(own);
}

report_table_t recipe_strata(const frame_t *trials) {
    predictors_t predictors = predictors_create(trials, COHORT_ALL);
    report_table_t table = report_table_create("strata", columns, sizeof columns / sizeof *columns,
                                               "AUROC of divergence inside each stratum");
    for (size_t which = 0; which < stratum_row_count; which++)
        for (int s = 0; s < predictors.stratum_count[which]; s++)
            add_stratum(&table, &predictors, which, s);
    report_note(
        &table, "", "legend",
        "0.5: no information; below: upside down; n/a: all runs of the stratum ended alike, "
        "or the score is unknown. gradient: norm at the first step, and at step 10 over it "
        "(which may see the divergence). A number with more than 12 values has fifths of the "
        "runs by its size. all options: a logistic regression on every option that "
        "varies, held out.");
    cohort_note_coverage(trials, &table);
    cohort_note_order(trials, &table);
    predictors_destroy(&predictors);
    return table;
}
