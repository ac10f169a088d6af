/* Forest plot of Table 2. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/memory.h"
#include "figure/figure.h"
#include "figure/forest.h"
#include "report/render.h"

static size_t count_headings(const report_table_t *table) {
    size_t count = 0;
    for (size_t r = 0; r < table->row_count; r++) count += (size_t)render_starts_section(table, r);
    return count;
}

static double height(const study_t *study) {
    const report_table_t *table = study_table(study, "table2");
    return table ? forest_height(table->row_count, count_headings(table)) : 0;
}

static void fill(const report_table_t *table, size_t r, forest_row_t *row, char beside[48]) {
    const report_cell_t *label = report_cell(table, r, "predictor");
    double diverged = figure_value(table, r, "diverged");
    interval_t runs = figure_interval(table, r, "diverged");
    snprintf(beside, 48, "%.0f/%.0f  %s", diverged, runs.high, table->rows[r].marks);
    *row =
        (forest_row_t){.label = label->text ? label->text : "",
                       .heading = render_starts_section(table, r) ? table->rows[r].section : NULL,
                       .value = figure_value(table, r, "auroc"),
                       .interval = figure_interval(table, r, "low"),
                       .other = figure_value(table, r, "within_norm"),
                       .beside = beside,
                       .ink = ink_series(0)};
}

static void draw(const study_t *study, canvas_t *canvas) {
    const report_table_t *table = study_table(study, "table2");
    forest_row_t *rows = memory_take(table->row_count, sizeof *rows, "a figure");
    char(*beside)[48] = memory_take(table->row_count, sizeof *beside, "a figure");
    for (size_t r = 0; r < table->row_count; r++) fill(table, r, &rows[r], beside[r]);
    forest_draw(canvas, table->row_count, rows, axis_between(0, 1, "AUROC"), 0.5,
                "among runs of one norm");
    free(rows);
    free(beside);
}

const figure_t figure_auroc = {
    .name = "auroc",
    .section = "Which runs diverge, and what tells so",
    .title = "AUROC of every predictor",
    .caption =
        "Table 2 as a picture: AUROC with its 95 % interval, over all runs (filled) and among "
        "runs of one normalisation (open). At 0.5 a score says nothing. Right: diverged "
        "runs of all, and the marks of the table's notes.",
    .height = height,
    .draw = draw};
