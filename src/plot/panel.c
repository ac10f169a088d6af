#include "plot/panel.h"

#include <math.h>

/* Room for ticks and labels. */
enum { LEFT = 46, BOTTOM = 32, RIGHT = 10, TOP = 8 };

static const lettering_t small = {.ink = INK_MUTED, .size = 9};

/* Names along the upper axis may be long: they get the room they need, up to half of the width. */
static double left_room(const axis_t *up, double width) {
    double room = LEFT;
    for (size_t n = 0; up->names && n < up->name_count; n++)
        room = fmax(room, canvas_text_width(up->names[n], small.size) + 12);
    return fmin(room, width / 2);
}

panel_t panel_in(canvas_t *canvas, point_t corner, double width, double height, axis_t across,
                 axis_t up) {
    double left = left_room(&up, width);
    return (panel_t){.canvas = canvas,
                     .x = corner.x + left,
                     .y = corner.y + TOP,
                     .width = width - left - RIGHT,
                     .height = height - TOP - BOTTOM,
                     .across = across,
                     .up = up};
}

panel_t panel_fill(canvas_t *canvas, double top, axis_t across, axis_t up) {
    return panel_in(canvas, (point_t){0, top}, canvas->width, canvas->height - top, across, up);
}

static point_t place(const panel_t *panel, double across, double up) {
    return (point_t){panel->x + across * panel->width, panel->y + (1 - up) * panel->height};
}

static double clamp(double share) { return share < 0 ? 0 : share > 1 ? 1 : share; }

point_t panel_nearest(const panel_t *panel, double x, double y) {
    return place(panel, clamp(axis_place(&panel->across, x)), clamp(axis_place(&panel->up, y)));
}

point_t panel_place(const panel_t *panel, double x, double y) {
    static const double slack = 1e-9;
    double across = axis_place(&panel->across, x), up = axis_place(&panel->up, y);
    int is_inside = across >= -slack && across <= 1 + slack && up >= -slack && up <= 1 + slack;
    return is_inside ? place(panel, across, up) : (point_t){NAN, NAN};
}

static void draw_across(const panel_t *panel) {
    tick_t ticks[AXIS_TICKS_MAX];
    canvas_t *canvas = panel->canvas;
    size_t count = axis_ticks(&panel->across, (size_t)(panel->width / 60), ticks);
    lettering_t how = small;
    how.align = ALIGN_MIDDLE;
    for (size_t k = 0; k < count; k++) {
        double x = place(panel, axis_place(&panel->across, ticks[k].at), 0).x;
        double foot = panel->y + panel->height;
        canvas_line(canvas, (point_t){x, panel->y}, (point_t){x, foot}, (pen_t){.ink = INK_GRID});
        canvas_text(canvas, (point_t){x, foot + 11}, how, ticks[k].text);
    }
    how.ink = INK_TEXT;
    if (panel->across.label)
        canvas_text(canvas, (point_t){panel->x + panel->width / 2, panel->y + panel->height + 25},
                    how, panel->across.label);
}

static void draw_up(const panel_t *panel) {
    tick_t ticks[AXIS_TICKS_MAX];
    canvas_t *canvas = panel->canvas;
    double room = panel->up.names ? 11 : 24; /* of a name, of a number */
    size_t count = axis_ticks(&panel->up, (size_t)(panel->height / room), ticks);
    lettering_t how = small;
    how.align = ALIGN_RIGHT;
    for (size_t k = 0; k < count; k++) {
        double y = place(panel, 0, axis_place(&panel->up, ticks[k].at)).y;
        canvas_line(canvas, (point_t){panel->x, y}, (point_t){panel->x + panel->width, y},
                    (pen_t){.ink = INK_GRID});
        canvas_text(canvas, (point_t){panel->x - 5, y + 3}, how, ticks[k].text);
    }
    how = (lettering_t){.ink = INK_TEXT, .size = small.size, .align = ALIGN_MIDDLE, .is_upward = 1};
    if (panel->up.label && !panel->up.names)
        canvas_text(canvas, (point_t){panel->x - LEFT + 10, panel->y + panel->height / 2}, how,
                    panel->up.label);
}

void panel_draw(const panel_t *panel) {
    draw_across(panel);
    draw_up(panel);
    canvas_box(panel->canvas, (point_t){panel->x, panel->y}, panel->width, panel->height,
               (pen_t){.ink = INK_MUTED, .width = 0.8});
}

/* A value beyond the edge is drawn at the edge: that a loss has left the picture must be seen. */
void panel_line(const panel_t *panel, size_t count, const double *x, const double *y, pen_t pen) {
    enum { PIECE = 512 };
    point_t points[PIECE];
    size_t filled = 0;
    for (size_t i = 0; i < count; i++) {
        if (filled == PIECE) { /* the next piece begins where this one ends */
            canvas_path(panel->canvas, filled, points, pen);
            points[0] = points[filled - 1];
            filled = 1;
        }
        int is_known =
            !isnan(axis_place(&panel->across, x[i])) && !isnan(axis_place(&panel->up, y[i]));
        points[filled++] = is_known ? panel_nearest(panel, x[i], y[i]) : (point_t){NAN, NAN};
    }
    canvas_path(panel->canvas, filled, points, pen);
}

/* Drawn trapezium by trapezium, so that missing numbers leave a gap. */
void panel_band(const panel_t *panel, size_t count, const double *x, const double *low,
                const double *high, pen_t pen) {
    pen.is_filled = 1;
    for (size_t i = 1; i < count; i++) {
        const point_t corners[] = {
            panel_nearest(panel, x[i - 1], low[i - 1]), panel_nearest(panel, x[i], low[i]),
            panel_nearest(panel, x[i], high[i]), panel_nearest(panel, x[i - 1], high[i - 1])};
        if (isnan(low[i - 1] + low[i] + high[i] + high[i - 1])) continue;
        canvas_path(panel->canvas, 4, corners, pen);
    }
}

void panel_mark_x(const panel_t *panel, double x, pen_t pen) {
    double share = axis_place(&panel->across, x);
    if (share >= 0 && share <= 1)
        canvas_line(panel->canvas, place(panel, share, 0), place(panel, share, 1), pen);
}

void panel_mark_y(const panel_t *panel, double y, pen_t pen) {
    double share = axis_place(&panel->up, y);
    if (share >= 0 && share <= 1)
        canvas_line(panel->canvas, place(panel, 0, share), place(panel, 1, share), pen);
}

static void draw_mark(canvas_t *canvas, point_t at, const legend_t *entry) {
    switch (entry->mark) {
    case MARK_DOT:
        canvas_circle(canvas, at, 3, entry->pen);
        break;
    case MARK_CROSS:
        canvas_cross(canvas, at, 3, entry->pen);
        break;
    case MARK_LINE:
        canvas_line(canvas, (point_t){at.x - 6, at.y}, (point_t){at.x + 6, at.y}, entry->pen);
        break;
    }
}

double legend_draw(canvas_t *canvas, point_t at, size_t count, const legend_t *entries) {
    enum { LINE = 14 };
    point_t place = at;
    for (size_t k = 0; k < count; k++) {
        double width = 26 + canvas_text_width(entries[k].text, 9);
        if (place.x > at.x && place.x + width > canvas->width)
            place = (point_t){at.x, place.y + LINE};
        draw_mark(canvas, (point_t){place.x + 7, place.y + 7}, &entries[k]);
        canvas_text(canvas, (point_t){place.x + 17, place.y + 10},
                    (lettering_t){.ink = INK_TEXT, .size = 9}, entries[k].text);
        place.x += width;
    }
    return place.y + LINE - at.y;
}
