/* What every arm of a comparison changes about divergence. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "figure/figure.h"
#include "figure/forest.h"
#include "report/pairs.h"

/* Arms beside the base one. */
static double height(const study_t *study) {
    if (!study_table(study, "arms")) return 0;
    pairs_t pairs = pairs_create(&study->trials);
    double height = pairs.arm_count > 1 ? forest_height(pairs.arm_count - 1, 0) : 0;
    pairs_destroy(&pairs);
    return height;
}

/* The table's own p, corrected for the number of arms (Holm). */
static double find_p(const report_table_t *table, const char *arm) {
    for (size_t r = 0; r < table->row_count; r++) {
        const char *name = report_cell(table, r, "arm")->text;
        double p = figure_value(table, r, "mcnemar");
        if (name && strcmp(name, arm) == 0 && !isnan(p)) return p;
    }
    return NAN;
}

static void fill(const report_table_t *table, const arm_runs_t *base, const arm_runs_t *arm,
                 forest_row_t *row, char beside[48]) {
    double p = find_p(table, arm->name);
    int length = snprintf(beside, 48, "%zu/%zu", arm->diverged, arm->count);
    if (!isnan(p))
        snprintf(beside + length, 48 - (size_t)length, p < 0.001 ? "  p <.001" : "  p %.3f", p);
    double share = (double)arm->diverged / (double)arm->count;
    double base_share = (double)base->diverged / (double)base->count;
    *row = (forest_row_t){
        .label = arm->name,
        .value = 100 * (share - base_share),
        .interval = interval_difference(arm->diverged, arm->count, base->diverged, base->count),
        .other = NAN,
        .beside = beside,
        .ink = ink_series(0)};
    row->interval.low *= 100;
    row->interval.high *= 100;
}

static void draw(const study_t *study, canvas_t *canvas) {
    pairs_t pairs = pairs_create(&study->trials);
    forest_row_t *rows = memory_take(pairs.arm_count, sizeof *rows, "a figure");
    char(*beside)[48] = memory_take(pairs.arm_count, sizeof *beside, "a figure");
    for (size_t a = 1; a < pairs.arm_count; a++)
        fill(study_table(study, "arms"), &pairs.arms[0], &pairs.arms[a], &rows[a - 1],
             beside[a - 1]);
    forest_draw(canvas, pairs.arm_count - 1, rows,
                axis_between(-100, 100, "diverged runs less those of the base arm, points of 100"),
                0, NULL);
    free(rows);
    free(beside);
    pairs_destroy(&pairs);
}

const figure_t figure_effects = {
    .name = "effects",
    .section = "What the arms change",
    .title = "Divergence of every arm beside the base arm",
    .caption = "Share of diverged runs less the base arm's, with Newcombe's 95 % interval for two "
               "independent shares. Right: diverged runs of all, and McNemar's exact p over the "
               "pairs, corrected for the number of arms (Holm). Left of 0: fewer diverge.",
    .height = height,
    .draw = draw};
