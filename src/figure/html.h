/* html.h: text into HTML, so that it stays text. */
#ifndef FIGURE_HTML_H
#define FIGURE_HTML_H

#include <stdio.h>

#include "report/table.h"

/* Writes text with everything escaped that HTML could read as markup, between tags and within
 * quoted attributes. */
void html_write(FILE *out, const char *text);

/* printf whose output is escaped. */
void html_print(FILE *out, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* A table that can be sorted, its notes, and the same as CSV and LaTeX to be copied. A cell shows
 * what `koopsweep table` shows and carries the number that `table --format json` gives. */
void html_table(FILE *out, const report_table_t *table);

#endif
