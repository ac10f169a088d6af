/* Every trial by learning rate and risk score. */
#include <math.h>
#include <stdlib.h>

#include "figure/figure.h"

static const char score[] = "summary/m_near_unit", rate[] = "train.lr";

static double height(const study_t *study) {
    return study->shown_count && study_numbers(study, score) && study_numbers(study, rate) ? 340
                                                                                           : 0;
}

/* Runs of one rate and norm lie on top of each other: each goes a little to the side, always to the
 * same (multiples of the golden section spread evenly). */
static point_t aside(point_t at, size_t row) {
    double share = 0.6180339887498949 * (double)row;
    return (point_t){at.x + 14 * (share - floor(share) - 0.5), at.y};
}

static void draw(const study_t *study, canvas_t *canvas) {
    groups_t norms;
    const double *x = study_numbers(study, rate), *y = study_numbers(study, score);
    double key = figure_norm_key(study, canvas, &norms);
    panel_t panel = panel_fill(canvas, key, axis_over(study->trials.rows, x, 1, "learning rate"),
                               axis_over(study->trials.rows, y, 0, "M~1 at initialisation"));
    panel_draw(&panel);
    for (size_t i = 0; i < study->shown_count; i++) {
        size_t row = study->shown[i].row;
        figure_mark(study, canvas, aside(panel_place(&panel, x[row], y[row]), row), row,
                    ink_series(norms.of[row]));
    }
    groups_free(&norms);
}

const figure_t figure_scatter = {
    .name = "scatter",
    .section = "Which runs diverge, and what tells so",
    .title = "Every trial by learning rate and near-unit spectral mass",
    .caption = "Each mark is a trial: near-unit spectral mass M~1 at initialisation, mean over "
               "layers, against the learning rate. Colour: the normalisation; a cross: it "
               "diverged. Marks are "
               "moved a little sideways, so that all are seen.",
    .height = height,
    .draw = draw};
