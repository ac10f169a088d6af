/* M~1 by layer and step. */
#include <math.h>
#include <stdio.h>

#include "figure/figure.h"

enum { PLOT = 170, PER_LINE = 3 };

static double height(const study_t *study) {
    size_t lines = (study->chosen_count + PER_LINE - 1) / PER_LINE;
    return lines ? (double)(lines * PLOT + 20) : 0;
}

static void draw_cell(const panel_t *panel, const layers_t *layers, size_t probe, size_t layer) {
    double number = layers->number[probe * layers->layers + layer];
    point_t corner = panel_nearest(panel, (double)probe - 0.5, (double)layer + 0.5);
    point_t other = panel_nearest(panel, (double)probe + 0.5, (double)layer - 0.5);
    if (isnan(number)) return;
    canvas_box(panel->canvas, corner, other.x - corner.x, other.y - corner.y,
               (pen_t){.ink = ink_heat(number), .is_filled = 1});
}

enum { NAMES_MAX = 96 };

/* Numbers as categories: cells of one size, whatever lies between two probes. */
typedef struct names {
    char text[NAMES_MAX][16];
    const char *at[NAMES_MAX];
} names_t;

static void name(names_t *names, size_t n, double number) {
    snprintf(names->text[n], sizeof names->text[n], "%g", number);
    names->at[n] = names->text[n];
}

static void draw_trial(const study_t *study, canvas_t *canvas, const shown_trial_t *trial,
                       point_t corner) {
    names_t steps, floors = {0};
    const layers_t *layers = &trial->near_unit;
    size_t probes = layers->probes < NAMES_MAX ? layers->probes : NAMES_MAX;
    size_t height = layers->layers < NAMES_MAX ? layers->layers : NAMES_MAX;
    for (size_t p = 0; p < probes; p++) name(&steps, p, layers->step[p]);
    for (size_t l = 0; l < height; l++) name(&floors, l, (double)l + 1);
    panel_t panel = panel_in(canvas, corner, FIGURE_WIDTH / PER_LINE, PLOT - 16,
                             axis_of_names(steps.at, probes, "step"),
                             axis_of_names(floors.at, height, "layer"));
    panel_draw(&panel);
    for (size_t p = 0; p < probes; p++)
        for (size_t l = 0; l < height; l++) draw_cell(&panel, layers, p, l);
    char *const *norm = study_texts(study, "model.norm");
    canvas_text(canvas, (point_t){panel.x, corner.y + 3},
                (lettering_t){.ink = INK_TEXT, .size = 9, .is_bold = 1},
                norm ? norm[trial->row] : "");
}

/* From 0 to 1 along the top. */
static void draw_scale(canvas_t *canvas) {
    enum { STEPS = 16, WIDTH = 8 };
    const lettering_t how = {.ink = INK_MUTED, .size = 9};
    canvas_text(canvas, (point_t){46, 11}, how, "M~1  0");
    for (int k = 0; k < STEPS; k++)
        canvas_box(canvas, (point_t){82 + k * WIDTH, 3}, WIDTH, 10,
                   (pen_t){.ink = ink_heat((double)k / (STEPS - 1)), .is_filled = 1});
    canvas_text(canvas, (point_t){82 + STEPS * WIDTH + 4, 11}, how, "1");
}

static void draw(const study_t *study, canvas_t *canvas) {
    draw_scale(canvas);
    for (size_t c = 0; c < study->chosen_count; c++)
        draw_trial(study, canvas, &study->shown[study->chosen[c]],
                   (point_t){(double)(c % PER_LINE) * FIGURE_WIDTH / PER_LINE,
                             (double)(c / PER_LINE * PLOT) + 24});
}

const figure_t figure_layers = {.name = "layers",
                                .section = "Spectra",
                                .title = "Near-unit spectral mass by layer and step",
                                .caption =
                                    "M~1 of every layer at every probe, of the same trials: from "
                                    "pale (0) to strong (1); the first layer below.",
                                .height = height,
                                .draw = draw};
