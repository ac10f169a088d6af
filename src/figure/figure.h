/* figure.h: how a study becomes pictures. A figure is one file plus one row of figures.def. */
#ifndef FIGURE_FIGURE_H
#define FIGURE_FIGURE_H

#include "figure/study.h"
#include "plot/panel.h"
#include "stats/interval.h"

typedef struct figure {
    const char *name;    /* "scatter": of its file, of its place in a page                 */
    const char *section; /* heading that it stands below in a report                       */
    const char *title;
    const char *caption; /* what is drawn and how to read it; also for those who do not see it */

    /* How high it is, 0: this study has nothing to draw. Its width is FIGURE_WIDTH. */
    double (*height)(const study_t *study);
    void (*draw)(const study_t *study, canvas_t *canvas);
} figure_t;

#define FIGURE_WIDTH 720.0

/* In the order of figures.def, NULL-terminated. */
extern const figure_t *const figure_rows[];

/* Draws a figure that has something to draw. The caller frees the canvas. */
status_t figure_draw(const figure_t *figure, const study_t *study, const canvas_format_t *format,
                     int is_part, canvas_t *canvas);

/* Writes every figure that has something to draw into `folder` (made when missing), in every format
 * of canvas.h, as NAME.svg, NAME.pdf. `count`: figures drawn. */
status_t figure_write_all(const study_t *study, const char *folder, size_t *count);

/* --- what figures share --- */

/* A dot; a cross where the trial of the row diverged: a shape, since colours are not for all. */
void figure_mark(const study_t *study, canvas_t *canvas, point_t at, size_t row, ink_t ink);

/* Colours by model.norm, with their key in one line at the top; returns its height. The caller
 * frees `norms`. */
double figure_norm_key(const study_t *study, canvas_t *canvas, groups_t *norms);

/* Of a table's column `key`, the numbers as people see them. NULL table: nothing. */
double figure_value(const report_table_t *table, size_t row, const char *key);
interval_t figure_interval(const report_table_t *table, size_t row, const char *key);

#endif
