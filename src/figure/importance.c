/* Which option matters? */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "figure/figure.h"
#include "figure/forest.h"

static double height(const study_t *study) {
    return study->varied_count && study->result_count > 1 ? forest_height(study->varied_count, 0)
                                                          : 0;
}

/* Share of the variance of y that lies between the groups: eta squared (Fisher 1925). NaN when y
 * does not vary. */
static double explained(const groups_t *groups, size_t rows, const double *y) {
    double *sum = memory_take(2 * groups->count + 1, sizeof *sum, "a figure");
    double *size = sum + groups->count, total = 0, n = 0, between = 0, all = 0;
    for (size_t i = 0; i < rows; i++) {
        if (!isfinite(y[i])) continue;
        sum[groups->of[i]] += y[i];
        size[groups->of[i]]++;
        total += y[i];
        n++;
    }
    double mean = total / n;
    for (size_t g = 0; g < groups->count; g++)
        if (size[g] > 0) between += size[g] * pow(sum[g] / size[g] - mean, 2);
    for (size_t i = 0; i < rows; i++)
        if (isfinite(y[i])) all += pow(y[i] - mean, 2);
    free(sum);
    return n > 1 && all > 0 ? between / all : NAN;
}

static double *outcomes(const study_t *study) {
    double *y = memory_take(study->trials.rows + 1, sizeof *y, "a figure");
    for (size_t row = 0; row < study->trials.rows; row++) {
        int completed = strcmp(study_texts(study, "state")[row], "COMPLETED") == 0;
        y[row] = study_has_diverged(study, row) ? 1 : completed ? 0 : NAN;
    }
    return y;
}

static void draw(const study_t *study, canvas_t *canvas) {
    size_t count = study->varied_count, rows = study->trials.rows;
    forest_row_t *row = memory_take(count, sizeof *row, "a figure");
    char(*beside)[48] = memory_take(count, sizeof *beside, "a figure");
    double *diverged = outcomes(study);
    const double *loss = study_numbers(study, "outcome/valid_loss");
    for (size_t k = 0; k < count; k++) {
        groups_t groups = study_groups(study, study->varied[k]);
        snprintf(beside[k], sizeof *beside, "%zu values", groups.count);
        row[k] = (forest_row_t){.label = study->varied[k],
                                .value = explained(&groups, rows, diverged),
                                .interval = INTERVAL_NONE,
                                .other = loss ? explained(&groups, rows, loss) : NAN,
                                .beside = beside[k],
                                .ink = ink_series(0)};
        groups_free(&groups);
    }
    forest_draw(canvas, count, row, axis_between(0, 1, "share of the variance explained"), 0,
                "of the held-out loss");
    free(row);
    free(beside);
    free(diverged);
}

const figure_t figure_importance = {
    .name = "importance",
    .section = "Options",
    .title = "Importance of every option, alone",
    .caption = "Share of the variance between runs that lies between the values of one option (eta "
               "squared): of divergence (filled), of the held-out loss (open). What options do "
               "together is not seen here, and an option of many values has more by chance.",
    .height = height,
    .draw = draw};
