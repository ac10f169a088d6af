/* curvature.c: does curvature grow with depth? Largest eigenvalues while training, by the number of
 * blocks (AWU paper, arXiv 2606.16768: 8, 16, 32 layers). */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "report/cohort.h"
#include "report/recipe.h"
#include "stats/moments.h"
#include "stats/scratch.h"

static const struct {
    const char *key, *heading, *column;
} features[] = {
#define CURVATURE(...) {__VA_ARGS__},
#include "analysis/curvature.def"
#undef CURVATURE
};
enum { FEATURES = sizeof features / sizeof *features };

static const report_column_t columns[] = {
    {.key = "layers", .title = "layers"},
    {.key = "quantity", .title = "quantity", .is_detail = 1},
    {.key = "diverged", .key_two = "runs", .title = "diverged\n/runs", .kind = CELL_RATE},
    {.key = "measured", .title = "runs\nmeasured", .kind = CELL_NUMBER},
    {.key = "measured_diverged", .title = "of these\ndiverged", .kind = CELL_NUMBER},
    {.key = "median",
     .title = "median",
     .kind = CELL_NUMBER,
     .decimals = SIGNIFICANT(3),
     .missing = "n/a"},
    {.key = "low",
     .key_two = "high",
     .title = "smallest–\nlargest",
     .kind = CELL_INTERVAL,
     .decimals = SIGNIFICANT(3),
     .missing = "n/a"},
};

/* One quantity over the runs of one depth. Median and range, for curvature grows without bound in
 * runs that diverge and their mean would be that of one run. */
static void add_depth(report_table_t *table, cohort_t *cohort, const int *stratum, int which,
                      int feature) {
    size_t rows = cohort->runs.rows, runs = 0, diverged = 0, of_these = 0, member = 0;
    const double *value = cohort_numbers(cohort, features[feature].column);
    double *own = scratch(rows, sizeof *own);
    char layers[CELL_SHOWN_MAX];
    for (size_t i = 0; i < rows; i++) {
        own[i] = stratum[i] == which ? value[i] : NAN;
        if (stratum[i] != which) continue;
        member = i, runs++, diverged += (size_t)cohort->diverged[i];
        of_these += cohort->diverged[i] && !isnan(value[i]);
    }
    extent_t e = extent(rows, own);
    cohort_value(cohort, "model.layers", member, layers);
    report_add_row(table, features[feature].heading);
    report_set_text(table, "layers", "%s", layers);
    report_set_text(table, "quantity", "%s", features[feature].key);
    report_set_two(table, "diverged", (double)diverged, (double)runs);
    report_set(table, "measured", (double)e.n);
    report_set(table, "measured_diverged", (double)of_these);
    report_set(table, "median", e.median);
    report_set_two(table, "low", e.low, e.high);
    free(own);
}

/* The paper's claim in one number: the deepest over the shallowest, of the medians. The last
 * `depths` rows are one quantity's. */
static void note_growth(report_table_t *table, int depths, int feature) {
    if (depths < 2) return;
    size_t last = table->row_count - 1;
    double shallow = report_cell(table, last - (size_t)(depths - 1), "median")->value[0];
    double deep = report_cell(table, last, "median")->value[0];
    if (!(shallow > 0 && deep > 0)) return;
    report_note(table, "", features[feature].key,
                "%s: the deepest models have %.3g times that of the shallowest.",
                features[feature].heading, deep / shallow);
    report_note_value(table, "ratio", deep / shallow);
}

report_table_t recipe_curvature(const frame_t *trials) {
    cohort_t cohort = cohort_create(trials, COHORT_ALL);
    report_table_t table =
        report_table_create("curvature", columns, sizeof columns / sizeof *columns,
                            "Curvature while training, by depth: median and range over runs");
    int *stratum = scratch(cohort.runs.rows, sizeof *stratum);
    int depths = cohort_strata(&cohort, "model.layers", stratum);
    for (int f = 0; f < FEATURES; f++) {
        for (int which = 0; which < depths; which++) add_depth(&table, &cohort, stratum, which, f);
        if (strncmp(features[f].key, "median_", 7) == 0) note_growth(&table, depths, f);
    }
    report_note(&table, "", "legend",
                "Every run that was measured counts, diverged ones too: medians, because "
                "curvature may grow without bound there. "
                "lambda: largest eigenvalue of the Hessian H, or of G = P^-1/2 H P^-1/2, P from "
                "Adam's second moment. Edge of stability: lr lambda(G) = 38 for Adam with beta1 "
                "0.9; lr lambda(H) = 2 for gradient descent. Angles: of successive eigenvectors, "
                "radians. n/a: not measured; set curvature.every.");
    cohort_note_coverage(trials, &table);
    free(stratum);
    cohort_destroy(&cohort);
    return table;
}
