/* What every rank did when. */
#include <stdio.h>

#include "figure/figure.h"

enum { LANE = 12, LANES_MAX = 48 };

static double height(const study_t *study) {
    size_t shown = study->lanes.count < LANES_MAX ? study->lanes.count : LANES_MAX;
    return shown ? (double)(shown * LANE + 64) : 0;
}

static ink_t ink_of(const bar_t *bar) {
    if (!bar->has_ended) return INK_MUTED;
    return bar->diverged ? INK_BAD : ink_series(0);
}

static void draw(const study_t *study, canvas_t *canvas) {
    char text[160];
    const lanes_t *lanes = &study->lanes;
    size_t shown = lanes->count < LANES_MAX ? lanes->count : LANES_MAX;
    panel_t panel =
        panel_fill(canvas, 16, axis_between(0, lanes->seconds > 0 ? lanes->seconds : 1, "seconds"),
                   axis_of_names((const char *const *)lanes->names, shown, NULL));
    panel_draw(&panel);
    for (size_t i = 0; i < lanes->bar_count; i++) {
        const bar_t *bar = &lanes->bars[i];
        if (bar->lane >= shown) continue;
        point_t from = panel_place(&panel, bar->begin, (double)bar->lane);
        point_t to = panel_place(&panel, bar->end, (double)bar->lane);
        canvas->item = (long)bar->trial;
        canvas_box(canvas, (point_t){from.x, from.y - 3.5}, to.x - from.x, 7,
                   (pen_t){.ink = ink_of(bar), .is_filled = 1, .opacity = 0.75});
        canvas->item = -1;
    }
    snprintf(text, sizeof text, "%zu ranks, busy %.0f %% of the time%s", lanes->count,
             100 * lanes->busy, shown < lanes->count ? "; the first 48 are drawn" : "");
    canvas_text(canvas, (point_t){46, 11}, (lettering_t){.ink = INK_TEXT, .size = 9}, text);
}

const figure_t figure_timeline = {
    .name = "timeline",
    .section = "How it ran",
    .title = "Timeline of the ranks",
    .caption = "Every attempt at a trial, on the rank that made it: completed (blue), diverged "
               "(vermilion), stopped or lost (grey).",
    .height = height,
    .draw = draw};
