/* curvature.c: does curvature grow with depth? Largest eigenvalues while training, by the number of
 * blocks (AWU paper, arXiv 2606.16768: 8, 16, 32 layers). */
#include <math.h>
#include <stdlib.h>

#include "report/cohort.h"
#include "report/recipe.h"
#include "stats/moments.h"
#include "stats/scratch.h"

static const struct {
    const char *key, *column;
} features[] = {
#define CURVATURE(key, title, column, decimals) {key, column},
#include "analysis/curvature.def"
#undef CURVATURE
};
enum { FEATURES = sizeof features / sizeof *features };

static const report_column_t columns[] = {
    {"layers", NULL, "layers", CELL_TEXT, 0, "", 0},
    {"measured", NULL, "runs\nmeasured", CELL_NUMBER, 0, "", 0},
    {"diverged", "runs", "diverged\n/runs", CELL_RATE, 0, "", 0},
#define CURVATURE(key, title, column, decimals)                                                    \
    {key, key "_sd", title, CELL_SPREAD, decimals, "n/a", 0},
#include "analysis/curvature.def"
#undef CURVATURE
};

/* Over the runs of one depth; NaN where a run was not measured. */
static moments_t feature_moments(cohort_t *cohort, const int *stratum, int which, int feature) {
    const double *value = cohort_numbers(cohort, features[feature].column);
    double *own = scratch(cohort->runs.rows, sizeof *own);
    for (size_t i = 0; i < cohort->runs.rows; i++) own[i] = stratum[i] == which ? value[i] : NAN;
    moments_t m = moments(cohort->runs.rows, own);
    free(own);
    return m;
}

static void add_depth(report_table_t *table, cohort_t *cohort, const int *stratum, int which) {
    size_t runs = 0, diverged = 0, member = 0, measured = 0;
    for (size_t i = 0; i < cohort->runs.rows; i++) {
        if (stratum[i] != which) continue;
        member = i;
        runs++;
        diverged += (size_t)cohort->diverged[i];
    }
    char value[CELL_SHOWN_MAX];
    cohort_value(cohort, "model.layers", member, value);
    report_add_row(table, NULL);
    report_set_text(table, "layers", "%s", value);
    report_set_two(table, "diverged", (double)diverged, (double)runs);
    for (int f = 0; f < FEATURES; f++) {
        moments_t m = feature_moments(cohort, stratum, which, f);
        report_set_two(table, features[f].key, m.mean, m.sd);
        measured = m.n > measured ? m.n : measured;
    }
    report_set(table, "measured", (double)measured);
}

/* The deepest over the shallowest, of the means. */
static void note_growth(report_table_t *table, const char *key, const char *what) {
    if (table->row_count < 2) return;
    double shallow = report_cell(table, 0, key)->value[0];
    double deep = report_cell(table, table->row_count - 1, key)->value[0];
    if (!(shallow > 0 && deep > 0)) return;
    report_note(table, "", key, "%s: the deepest models have %.2f times that of the shallowest.",
                what, deep / shallow);
    report_note_value(table, "ratio", deep / shallow);
}

report_table_t recipe_curvature(const frame_t *trials) {
    cohort_t cohort = cohort_create(trials, COHORT_ALL);
    report_table_t table =
        report_table_create("curvature", columns, sizeof columns / sizeof *columns,
                            "Curvature while training, by depth: mean ± sd over runs");
    int *stratum = scratch(cohort.runs.rows, sizeof *stratum);
    int depths = cohort_strata(&cohort, "model.layers", stratum);
    for (int which = 0; which < depths; which++) add_depth(&table, &cohort, stratum, which);
    note_growth(&table, "median_hessian", "lambda_max(H), median over the training");
    note_growth(&table, "median_scaled", "lambda_max(G), median over the training");
    report_note(&table, "", "legend",
                "lambda: largest eigenvalue of the Hessian H, or of G = P^-1/2 H P^-1/2, P from "
                "Adam's second moment. Edge of stability: lr lambda(G) = 38 for Adam with beta1 "
                "0.9; lr lambda(H) = 2 for gradient descent. angle: of successive eigenvectors, "
                "radians. n/a: not measured; set curvature.every.");
    cohort_note_coverage(trials, &table);
    free(stratum);
    cohort_destroy(&cohort);
    return table;
}
