#include "figure/forest.h"

#include <math.h>

enum { ROW = 17, HEADING = 20, LABELS = 210, BESIDE = 96, FOOT = 34, KEY = 16 };

double forest_height(size_t rows, size_t headings) {
    return (double)(rows * ROW + headings * HEADING + FOOT + KEY + 8);
}

static double clamp(double x, double low, double high) { return fmin(fmax(x, low), high); }

static void draw_row(const panel_t *panel, double y, const forest_row_t *row) {
    canvas_t *canvas = panel->canvas;
    double from = panel->across.from, to = panel->across.to;
    pen_t pen = {.ink = row->ink, .width = 1.6};
    canvas_text(canvas, (point_t){8, y + 3}, (lettering_t){.ink = INK_TEXT, .size = 9}, row->label);
    if (row->beside)
        canvas_text(canvas, (point_t){canvas->width - 4, y + 3},
                    (lettering_t){.ink = INK_MUTED, .size = 9, .align = ALIGN_RIGHT}, row->beside);
    if (!isnan(row->interval.low) && !isnan(row->interval.high)) {
        double left = panel_place(panel, clamp(row->interval.low, from, to), 0).x;
        double right = panel_place(panel, clamp(row->interval.high, from, to), 0).x;
        canvas_line(canvas, (point_t){left, y}, (point_t){right, y}, pen);
    }
    if (!isnan(row->other))
        canvas_circle(canvas, (point_t){panel_place(panel, clamp(row->other, from, to), 0).x, y}, 3,
                      (pen_t){.ink = INK_MUTED});
    pen.is_filled = 1;
    if (!isnan(row->value))
        canvas_circle(canvas, (point_t){panel_place(panel, clamp(row->value, from, to), 0).x, y},
                      3.2, pen);
}

void forest_draw(canvas_t *canvas, size_t count, const forest_row_t *rows, axis_t axis,
                 double reference, const char *other_text) {
    static const char *const no_names[] = {NULL};
    panel_t panel = {.canvas = canvas,
                     .x = LABELS,
                     .y = KEY,
                     .width = canvas->width - LABELS - BESIDE,
                     .height = canvas->height - KEY - FOOT,
                     .across = axis,
                     .up = axis_of_names(no_names, 0, NULL)};
    panel.up.from = 0;
    panel.up.to = 1;
    const legend_t other = {.mark = MARK_DOT, .pen = {.ink = INK_MUTED}, .text = other_text};
    panel_draw(&panel);
    if (other_text) legend_draw(canvas, (point_t){LABELS, 0}, 1, &other);
    panel_mark_x(&panel, reference, (pen_t){.ink = INK_MUTED, .is_dashed = 1});
    double y = KEY + ROW / 2.0 + 2;
    for (size_t i = 0; i < count; i++) {
        if (rows[i].heading) {
            y += HEADING - ROW / 2.0;
            canvas_text(canvas, (point_t){8, y - 3},
                        (lettering_t){.ink = INK_TEXT, .size = 9, .is_bold = 1}, rows[i].heading);
            y += ROW / 2.0;
        }
        draw_row(&panel, y, &rows[i]);
        y += ROW;
    }
}
