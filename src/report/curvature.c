/* curvature.c: does curvature grow with depth? Largest eigenvalues while training, by the number of
 * blocks (AWU paper, arXiv 2606.16768: 8, 16, 32 layers), and by arm, in pairs. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "report/pairs.h"
#include "report/recipe.h"
#include "stats/moments.h"
#include "stats/paired.h"
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
    {.key = "arm", .title = "arm"},
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
    {.key = "ratio_low",
     .key_two = "ratio_high",
     .title = "over base,\n95%",
     .kind = CELL_INTERVAL,
     .decimals = SIGNIFICANT(3)},
};

/* The runs of one depth and arm. */
typedef struct group {
    const int *depth, *arm; /* borrowed: strata of the runs, of which ... */
    int in_depth, in_arm;   /* ... these                                  */
    const size_t *partner;  /* borrowed: rows of base runs, PAIRS_NONE    */
} group_t;

static int is_member(const group_t *group, size_t run) {
    return group->depth[run] == group->in_depth &&
           (group->arm[run] < 0 || group->arm[run] == group->in_arm);
}

/* Mean log ratio to the base arm's run of the same weights and data. */
static void set_ratio(report_table_t *table, const group_t *group, size_t rows,
                      const double *value) {
    double *ratio = scratch(rows, sizeof *ratio);
    for (size_t i = 0; i < rows; i++) {
        size_t base = group->partner[i];
        int is_pair = is_member(group, i) && base != (size_t)PAIRS_NONE && base != i;
        ratio[i] = is_pair ? log(value[i] / value[base]) : NAN;
    }
    interval_t interval = paired_interval(rows, ratio);
    report_set_two(table, "ratio_low", exp(interval.low), exp(interval.high));
    free(ratio);
}

/* One quantity over the runs of a group. Median and range, for curvature grows without bound in
 * runs that diverge and their mean would be that of one run. */
static void add_group(report_table_t *table, cohort_t *cohort, const group_t *group, int feature) {
    size_t rows = cohort->runs.rows, runs = 0, diverged = 0, of_these = 0, member = 0;
    const double *value = cohort_numbers(cohort, features[feature].column);
    double *own = scratch(rows, sizeof *own);
    char layers[CELL_SHOWN_MAX], arm[CELL_SHOWN_MAX];
    for (size_t i = 0; i < rows; i++) {
        own[i] = is_member(group, i) ? value[i] : NAN;
        if (!is_member(group, i)) continue;
        member = i, runs++, diverged += (size_t)cohort->diverged[i];
        of_these += cohort->diverged[i] && !isnan(value[i]);
    }
    extent_t e = extent(rows, own);
    cohort_value(cohort, "model.layers", member, layers);
    cohort_value(cohort, "arm", member, arm);
    report_add_row(table, features[feature].heading);
    report_set_text(table, "layers", "%s", layers);
    report_set_text(table, "arm", "%s", arm);
    report_set_text(table, "quantity", "%s", features[feature].key);
    report_set_two(table, "diverged", (double)diverged, (double)runs);
    report_set(table, "measured", (double)e.n);
    report_set(table, "measured_diverged", (double)of_these);
    report_set(table, "median", e.median);
    report_set_two(table, "low", e.low, e.high);
    set_ratio(table, group, rows, value);
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

/* Row of every run's partner in the base arm, or PAIRS_NONE. */
static size_t *partner_of_rows(const pairs_t *pairs) {
    size_t rows = pairs->cohort.runs.rows, *partner = scratch(rows, sizeof *partner);
    for (size_t i = 0; i < rows; i++) partner[i] = (size_t)PAIRS_NONE;
    for (const arm_runs_t *arm = pairs->arms; arm < pairs->arms + pairs->arm_count; arm++)
        for (size_t i = 0; i < arm->count; i++) partner[arm->run[i]] = arm->partner[i];
    return partner;
}

/* By depth and arm; nothing where no run was measured. */
static void add_feature(report_table_t *table, cohort_t *cohort, group_t *group, int feature,
                        int depths, int arms) {
    const double *value = cohort_numbers(cohort, features[feature].column);
    if (extent(cohort->runs.rows, value).n == 0) return;
    for (group->in_depth = 0; group->in_depth < depths; group->in_depth++)
        for (group->in_arm = 0; group->in_arm < (arms ? arms : 1); group->in_arm++)
            add_group(table, cohort, group, feature);
    int is_by_depth = arms < 2 && strncmp(features[feature].key, "median_", 7) == 0;
    if (is_by_depth) note_growth(table, depths, feature);
}

report_table_t recipe_curvature(const frame_t *trials) {
    pairs_t pairs = pairs_create(trials);
    cohort_t *cohort = &pairs.cohort;
    report_table_t table =
        report_table_create("curvature", columns, sizeof columns / sizeof *columns,
                            "Curvature while training, by depth and arm: median and range over "
                            "runs");
    size_t rows = cohort->runs.rows;
    int *depth = scratch(rows, sizeof *depth), *arm = scratch(rows, sizeof *arm);
    size_t *partner = partner_of_rows(&pairs);
    int depths = cohort_strata(cohort, "model.layers", depth);
    int arms = cohort_strata(cohort, "arm", arm);
    group_t group = {.depth = depth, .arm = arm, .partner = partner};
    for (int f = 0; f < FEATURES; f++) add_feature(&table, cohort, &group, f, depths, arms);
    report_note(&table, "", "legend",
                "Every run that was measured counts, diverged ones too: medians, because "
                "curvature may grow without bound there. "
                "lambda: largest eigenvalue of the Hessian H, or of G = P^-1/2 H P^-1/2, P from "
                "Adam's second moment. Edge of stability: lr lambda(G) = 38 for Adam with beta1 "
                "0.9; lr lambda(H) = 2 for gradient descent. Angles: of successive eigenvectors, "
                "radians. Over base: mean ratio to the base arm's run of the same weights and "
                "data, Student's t on logarithms. n/a: not measured.");
    if (!table.row_count)
        report_note(&table, "", "not_measured",
                    "No run measured its curvature; set curvature.every.");
    pairs_note_base(&pairs, &table);
    cohort_note_coverage(trials, &table);
    free(depth);
    free(arm);
    free(partner);
    pairs_destroy(&pairs);
    return table;
}
