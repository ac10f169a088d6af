/* panel.h: a rectangle of a page with an axis along two sides, and what is drawn in it. */
#ifndef PLOT_PANEL_H
#define PLOT_PANEL_H

#include "plot/axis.h"
#include "plot/canvas.h"

typedef struct panel {
    canvas_t *canvas; /* borrowed */
    double x, y;      /* upper left corner of the inside */
    double width, height;
    axis_t across, up;
} panel_t;

/* The panel that fills the area x, y, width, height of the page with its ticks and labels. */
panel_t panel_in(canvas_t *canvas, point_t corner, double width, double height, axis_t across,
                 axis_t up);

/* The one that fills the page, `top` points at its upper edge left free (for a key). */
panel_t panel_fill(canvas_t *canvas, double top, axis_t across, axis_t up);

/* Grid, ticks and labels: first, so that all else lies above. */
void panel_draw(const panel_t *panel);

/* Where on the page the numbers lie; not finite when they have no place in the panel or are outside
 * of it. */
point_t panel_place(const panel_t *panel, double x, double y);

/* Likewise, brought to the nearest edge when outside. */
point_t panel_nearest(const panel_t *panel, double x, double y);

/* A line through the numbers; it ends at the panel's edges and breaks where a number is missing. */
void panel_line(const panel_t *panel, size_t count, const double *x, const double *y, pen_t pen);

/* The area between two lines. */
void panel_band(const panel_t *panel, size_t count, const double *x, const double *low,
                const double *high, pen_t pen);

/* A straight line across the panel at a number of one axis. */
void panel_mark_x(const panel_t *panel, double x, pen_t pen);
void panel_mark_y(const panel_t *panel, double y, pen_t pen);

typedef enum { MARK_DOT, MARK_CROSS, MARK_LINE } mark_t;

/* One entry of a key: what an ink or a mark means. */
typedef struct legend {
    mark_t mark;
    pen_t pen;
    const char *text;
} legend_t;

/* A row of entries from `at` on to the right; they go on below where the page ends. Returns the
 * height taken. */
double legend_draw(canvas_t *canvas, point_t at, size_t count, const legend_t *entries);

#endif
