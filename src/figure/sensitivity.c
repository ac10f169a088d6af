/* How much the choice of the learning rate costs. */
#include <stdio.h>
#include <stdlib.h>

#include "base/memory.h"
#include "figure/figure.h"
#include "figure/forest.h"

static double height(const study_t *study) {
    const report_table_t *table = study_table(study, "sensitivity");
    return table ? forest_height(table->row_count, 0) : 0;
}

static void draw(const study_t *study, canvas_t *canvas) {
    const report_table_t *table = study_table(study, "sensitivity");
    size_t count = table->row_count;
    forest_row_t *rows = memory_take(count, sizeof *rows, "a figure");
    char(*beside)[48] = memory_take(count, sizeof *beside, "a figure");
    double most = 0;
    for (size_t r = 0; r < count; r++) {
        interval_t interval = figure_interval(table, r, "low");
        double value = figure_value(table, r, "sensitivity");
        snprintf(beside[r], sizeof *beside, "best lr %g", figure_value(table, r, "best_lr"));
        rows[r] = (forest_row_t){.label = report_cell(table, r, "group")->text,
                                 .value = value,
                                 .interval = interval,
                                 .other = figure_value(table, r, "none"),
                                 .beside = beside[r],
                                 .ink = ink_series(0)};
        if (value > most) most = value;
        if (interval.high > most) most = interval.high;
    }
    forest_draw(canvas, count, rows,
                axis_between(0, most > 0 ? 1.05 * most : 1, "mean excess loss, nats"), 0, NULL);
    free(rows);
    free(beside);
}

const figure_t figure_sensitivity = {
    .name = "sensitivity",
    .section = "What the arms change",
    .title = "Learning-rate sensitivity",
    .caption = "Mean over the learning rates of the loss above that of the best one, capped at the "
               "loss of the first step (Wortsman et al., arXiv 2309.14322), with its 95 % interval "
               "over replicas. Near 0: any of these rates will do.",
    .height = height,
    .draw = draw};
