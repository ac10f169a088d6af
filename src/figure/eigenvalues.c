/* The spectra themselves, of one trial per normalisation. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/memory.h"
#include "figure/figure.h"

enum { PLOT = 240, PER_LINE = 3, CIRCLE_POINTS = 181 };

static double height(const study_t *study) {
    size_t lines = (study->chosen_count + PER_LINE - 1) / PER_LINE;
    return (double)(lines * PLOT);
}

static int lower_first(const void *a, const void *b) {
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

/* What holds nine tenths of the numbers: a few far out would leave the rest in a point. */
static double reach(const eigenvalues_t *spectrum) {
    size_t count = 0, all = 2 * spectrum->layers * spectrum->modes;
    double *size = memory_take(all + 1, sizeof *size, "a figure");
    for (size_t i = 0; i < all; i++)
        if (isfinite(spectrum->part[i])) size[count++] = fabs(spectrum->part[i]);
    qsort(size, count, sizeof *size, lower_first);
    double most = count ? size[count * 9 / 10] : 0;
    free(size);
    return fmax(1.15, 1.2 * most);
}

static void draw_circle(const panel_t *panel, double radius) {
    double x[CIRCLE_POINTS], y[CIRCLE_POINTS];
    for (int k = 0; k < CIRCLE_POINTS; k++) {
        double angle = 2 * M_PI * k / (CIRCLE_POINTS - 1);
        x[k] = radius * cos(angle);
        y[k] = radius * sin(angle);
    }
    panel_line(panel, CIRCLE_POINTS, x, y, (pen_t){.ink = INK_MUTED, .width = 0.8, .is_dashed = 1});
}

/* From the first layer to the last: from pale to strong. */
static void draw_layer(const panel_t *panel, const eigenvalues_t *spectrum, size_t layer) {
    double share = spectrum->layers > 1 ? (double)layer / (double)(spectrum->layers - 1) : 1;
    const double *part = spectrum->part + 2 * layer * spectrum->modes;
    pen_t pen = {.ink = ink_heat(0.35 + 0.65 * share), .is_filled = 1, .opacity = 0.7};
    for (size_t m = 0; m < spectrum->modes; m++)
        canvas_circle(panel->canvas, panel_place(panel, part[2 * m], part[2 * m + 1]), 1.6, pen);
}

static void draw(const study_t *study, canvas_t *canvas) {
    for (size_t c = 0; c < study->chosen_count; c++) {
        char title[96];
        const eigenvalues_t *spectrum = &study->spectra[c];
        size_t row = study->shown[study->chosen[c]].row;
        double width = FIGURE_WIDTH / PER_LINE, most = reach(spectrum);
        point_t corner = {(double)(c % PER_LINE) * width, (double)(c / PER_LINE * PLOT) + 14};
        panel_t panel = panel_in(canvas, corner, width, PLOT - 14, axis_between(-most, most, "Re"),
                                 axis_between(-most, most, "Im"));
        const trial_t *trial = plan_trial(study->plan, row);
        char *const *norm = study_texts(study, "model.norm");
        snprintf(title, sizeof title, "%.40s  %s", norm ? norm[row] : "", trial->id);
        panel_draw(&panel);
        canvas_text(canvas, (point_t){panel.x, corner.y + 2},
                    (lettering_t){.ink = INK_TEXT, .size = 9, .is_bold = 1}, title);
        draw_circle(&panel, 0.90);
        draw_circle(&panel, 1.05);
        for (size_t l = 0; l < spectrum->layers; l++) draw_layer(&panel, spectrum, l);
    }
}

const figure_t figure_eigenvalues = {
    .name = "eigenvalues",
    .section = "Spectra",
    .title = "Eigenvalues of the layers' operators at initialisation",
    .caption =
        "One trial per normalisation, every layer from pale (first) to strong (last), in the "
        "complex plane; between the dashed circles, 0.90 and 1.05, lies what M~1 counts. A few "
        "eigenvalues far out may lie outside of the picture.",
    .height = height,
    .draw = draw};
