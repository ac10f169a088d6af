#include "figure/curves.h"

#include <math.h>

static const curve_t *curve_of(const shown_trial_t *trial, const curves_t *curves) {
    return (const curve_t *)((const char *)trial + curves->member);
}

size_t curves_count(const study_t *study, const curves_t *curves) {
    size_t count = 0;
    for (size_t i = 0; i < study->shown_count; i++)
        count += curve_of(&study->shown[i], curves)->count > 1;
    return count;
}

static void widen(axis_t *axis, const double *x, size_t count, int is_log, int *is_set) {
    axis_t one = axis_over(count, x, is_log, axis->label);
    int is_known = 0;
    for (size_t i = 0; i < count; i++) is_known |= isfinite(x[i]) && (!is_log || x[i] > 0);
    if (!is_known) return;
    if (!*is_set) *axis = one;
    axis->from = fmin(axis->from, one.from);
    axis->to = fmax(axis->to, one.to);
    *is_set = 1;
}

/* The first step at which a block was added. */
static void mark_unlocks(const panel_t *panel, const shown_trial_t *trial) {
    const curve_t *active = &trial->active_blocks;
    for (size_t i = 1; i < active->count; i++)
        if (active->y[i] > active->y[i - 1])
            panel_mark_x(panel, active->x[i],
                         (pen_t){.ink = INK_GRID, .width = 0.8, .is_dashed = 1});
}

/* A diverging run ends in a cross, where its last number is. */
static void draw_curve(const study_t *study, const panel_t *panel, const shown_trial_t *trial,
                       const curves_t *curves, ink_t ink) {
    const curve_t *curve = curve_of(trial, curves);
    size_t last = curve->count - 1;
    int diverged = study_has_diverged(study, trial->row);
    panel->canvas->item = (long)trial->row;
    panel_line(panel, curve->count, curve->x, curve->y,
               (pen_t){.ink = ink, .width = 0.9, .opacity = 0.6});
    while (last > 0 && !isfinite(curve->y[last])) last--;
    if (diverged)
        canvas_cross(panel->canvas, panel_nearest(panel, curve->x[last], curve->y[last]), 2.6,
                     (pen_t){.ink = INK_BAD, .width = 1.4});
    for (size_t i = 0; curves->marks_spikes && i < trial->spikes.count; i++)
        canvas_circle(panel->canvas, panel_nearest(panel, trial->spikes.x[i], trial->spikes.y[i]),
                      2.2, (pen_t){.ink = ink, .width = 0.8});
    panel->canvas->item = -1;
}

void curves_draw(const study_t *study, canvas_t *canvas, const curves_t *curves) {
    groups_t norms;
    int has_x = 0, has_y = 0;
    double key = figure_norm_key(study, canvas, &norms);
    axis_t across = axis_between(0, 1, "step"), up = axis_between(0, 1, curves->label);
    for (size_t i = 0; i < study->shown_count; i++) {
        const curve_t *curve = curve_of(&study->shown[i], curves);
        widen(&across, curve->x, curve->count, 0, &has_x);
        widen(&up, curve->y, curve->count, curves->is_log, &has_y);
    }
    panel_t panel = panel_fill(canvas, key, across, up);
    panel_draw(&panel);
    for (size_t i = 0; i < study->shown_count; i++) mark_unlocks(&panel, &study->shown[i]);
    for (size_t i = 0; i < study->shown_count; i++) {
        const shown_trial_t *trial = &study->shown[i];
        if (curve_of(trial, curves)->count > 1)
            draw_curve(study, &panel, trial, curves, ink_series(norms.of[trial->row]));
    }
    if (!isnan(curves->reference))
        panel_mark_y(&panel, curves->reference,
                     (pen_t){.ink = INK_TEXT, .width = 1.2, .is_dashed = 1});
    groups_free(&norms);
}
