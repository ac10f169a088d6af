/* render.h: writes tables. A format is one file render_NAME.c plus its name in the list here. */
#ifndef REPORT_RENDER_H
#define REPORT_RENDER_H

#include <stdio.h>

#include "report/table.h"

/* The first is the default. */
#define RENDERERS(X) X(text) X(csv) X(markdown) X(latex) X(json)

typedef struct renderer {
    const char *name; /* "text": what --format calls it */
    void (*render)(const report_table_t *tables, size_t count, FILE *out); /* one whole document */
} renderer_t;

#define RENDERER_DECLARE(name) extern const renderer_t renderer_##name;
RENDERERS(RENDERER_DECLARE)
#undef RENDERER_DECLARE

extern const char *const renderer_names[];       /* NULL-terminated                    */
const renderer_t *render_find(const char *name); /* NULL when unknown              */

enum { RENDER_JSON_VERSION = 2 }; /* grows when a member changes its name or meaning */

/* What the renderers share. */

/* 1 when a section heading goes before the row. */
int render_starts_section(const report_table_t *table, size_t row);

/* What people see in a cell. The row's label, its first cell, is empty where it repeats that of the
 * row before. */
void render_cell(const report_table_t *table, size_t row, size_t column, char text[CELL_SHOWN_MAX]);

/* The column's title in one line. */
void render_title(const report_column_t *column, char text[CELL_SHOWN_MAX]);

/* The shortest decimal number that reads back as x; "" for NaN. */
void render_number(double x, char text[32]);

/* Writes text as one field of comma-separated values, in quotes where RFC 4180 wants them. */
void render_csv_field(const char *text, FILE *out);

/* Writes text, each occurrence of replacement[i][0] replaced by replacement[i][1]. The list ends
 * with a NULL; the first that fits wins. */
void render_replaced(const char *text, const char *const (*replacements)[2], FILE *out);

#endif
