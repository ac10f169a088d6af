/* A trained network's spectra along its depth: one panel a quantity, one line a convention. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "figure/figure.h"

enum { PLOT = 190, PER_LINE = 2, KEY = 22, THIRDS = 3, NAMES_MAX = 8, NAME_MAX = 32 };

/* Quantities of hdf5_schemas/profile.def. */
static const struct {
    const char *path, *label;
    int is_log;
} panels[] = {{"m_near_unit", "M~1", 0}, {"m_expansive", "M>1", 0},  {"rho", "spectral radius", 1},
              {"eta_nl", "eta_nl", 0},   {"kappa_v", "kappa(V)", 1}, {"henrici", "Henrici", 0}};
enum { PANELS = sizeof panels / sizeof *panels };

/* One quantity of all profiles. */
typedef struct depth {
    size_t profiles, rows; /* rows: one more than layers where the final norm was asked for */
    int64_t layers;
    double *number; /* owned [profiles, rows]; NULL: there is none */
} depth_t;

static depth_t take(const study_t *study, const char *path) {
    depth_t d = {0};
    const record_item_t *item = record_find(&study->profile, path);
    if (!item || item->rank != 2 || item->shape[1] == 0 ||
        record_get(&study->profile, "layers", RECORD_I64, 1, &d.layers) != STATUS_OK)
        return d;
    d.profiles = item->shape[0];
    d.rows = item->shape[1];
    if (d.layers >= 1 && (size_t)d.layers <= d.rows) d.number = curve_numbers(item);
    return d;
}

static double height(const study_t *study) {
    depth_t d = take(study, panels[0].path);
    int is_there = d.number != NULL;
    free(d.number);
    return is_there ? KEY + (PANELS + PER_LINE - 1) / PER_LINE * PLOT : 0;
}

/* First layer of a third; the larger thirds come first: 11, 11, 10 of 32. */
static int64_t third_begin(int64_t layers, int third) {
    return (third * layers + THIRDS - 1) / THIRDS;
}

static double mean(const double *x, int64_t from, int64_t to) {
    double sum = 0;
    for (int64_t l = from; l < to; l++) sum += x[l] / (double)(to - from);
    return sum;
}

/* Means over the thirds, as wide as they are. */
static void draw_means(const panel_t *panel, const depth_t *d, const double *x, pen_t pen) {
    for (int third = 0; third < THIRDS; third++) {
        int64_t from = third_begin(d->layers, third), to = third_begin(d->layers, third + 1);
        double level = from < to ? mean(x, from, to) : NAN;
        const double across[] = {(double)from - 0.4, (double)to - 0.6}, up[] = {level, level};
        panel_line(panel, 2, across, up, pen);
    }
}

static void draw_profile(const panel_t *panel, const depth_t *d, size_t profile) {
    const double *x = d->number + profile * d->rows;
    pen_t pen = {.ink = ink_series(profile), .width = 1.6}, dashed = pen;
    dashed.is_dashed = 1;
    double *across = memory_take(d->rows, sizeof *across, "a figure");
    for (size_t l = 0; l < d->rows; l++) across[l] = (double)l;
    panel_line(panel, (size_t)d->layers, across, x, pen);
    draw_means(panel, d, x, dashed);
    for (size_t l = 0; l < d->rows; l++) {
        int is_normed = l == (size_t)d->layers; /* the last transition, with the final norm */
        point_t at = panel_place(panel, is_normed ? (double)l - 1 : (double)l, x[l]);
        if (!isfinite(at.x) || !isfinite(at.y)) continue;
        if (is_normed)
            canvas_cross(panel->canvas, at, 4, pen);
        else
            canvas_circle(panel->canvas, at, 2.4, (pen_t){.ink = pen.ink, .is_filled = 1});
    }
    free(across);
}

static void draw_panel(const study_t *study, canvas_t *canvas, size_t p) {
    depth_t d = take(study, panels[p].path);
    if (!d.number) return;
    point_t corner = {(double)(p % PER_LINE) * FIGURE_WIDTH / PER_LINE,
                      KEY + (double)(p / PER_LINE * PLOT)};
    axis_t across = axis_between(-0.5, (double)d.layers - 0.5, "layer");
    across.is_whole = 1;
    panel_t panel =
        panel_in(canvas, corner, FIGURE_WIDTH / PER_LINE, PLOT, across,
                 axis_over(d.profiles * d.rows, d.number, panels[p].is_log, panels[p].label));
    panel_draw(&panel);
    for (int third = 1; third < THIRDS; third++)
        panel_mark_x(&panel, (double)third_begin(d.layers, third) - 0.5,
                     (pen_t){.ink = INK_MUTED, .width = 0.8, .is_dashed = 1});
    for (size_t k = 0; k < d.profiles; k++) draw_profile(&panel, &d, k);
    free(d.number);
}

/* The conventions' names, and what dashes and crosses are. */
static void draw_key(const study_t *study, canvas_t *canvas) {
    char names[NAMES_MAX][NAME_MAX];
    legend_t entries[NAMES_MAX + 2];
    size_t count = 0;
    const record_item_t *item = record_find(&study->profile, "conventions");
    for (const char *at = item ? item->data : ""; *at && count < NAMES_MAX; count++) {
        size_t length = strcspn(at, ",");
        snprintf(names[count], NAME_MAX, "%.*s", (int)length, at);
        entries[count] =
            (legend_t){MARK_LINE, {.ink = ink_series(count), .width = 1.6}, names[count]};
        at += length + (at[length] == ',');
    }
    entries[count++] =
        (legend_t){MARK_LINE, {.ink = INK_TEXT, .width = 1.6, .is_dashed = 1}, "mean of a third"};
    entries[count++] =
        (legend_t){MARK_CROSS, {.ink = INK_TEXT, .width = 1.6}, "last, with the final norm"};
    legend_draw(canvas, (point_t){46, 0}, count, entries);
}

static void draw(const study_t *study, canvas_t *canvas) {
    draw_key(study, canvas);
    for (size_t p = 0; p < PANELS; p++) draw_panel(study, canvas, p);
}

const figure_t figure_network = {.name = "network",
                                 .section = "Network",
                                 .title = "Spectra along the depth of the network",
                                 .caption =
                                     "Quantities of the transition out of every layer, first to "
                                     "last; vertical lines part the early, middle and late third, "
                                     "dashed levels are their means. What was not measured is "
                                     "left out.",
                                 .height = height,
                                 .draw = draw};
