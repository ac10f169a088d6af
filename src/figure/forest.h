/* forest.h: estimates with their intervals below each other, a line a row. */
#ifndef FIGURE_FOREST_H
#define FIGURE_FOREST_H

#include "plot/panel.h"
#include "stats/interval.h"

typedef struct forest_row {
    const char *label;
    const char *heading; /* above the row; NULL = none              */
    double value;        /* NaN: only the label                     */
    interval_t interval;
    double other;       /* a second, lighter mark (published, within one norm); NaN = none */
    const char *beside; /* at the right edge: "9/96", "p .01"; NULL = nothing */
    ink_t ink;
} forest_row_t;

double forest_height(size_t rows, size_t headings);

/* `reference`: a dashed line at the number that means nothing (0.5, 0). `other_text`: what the
 * lighter marks are, NULL = there are none. */
void forest_draw(canvas_t *canvas, size_t count, const forest_row_t *rows, axis_t axis,
                 double reference, const char *other_text);

#endif
