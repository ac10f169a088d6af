#include "figure/html.h"

#include <math.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "report/render.h"

void html_write(FILE *out, const char *text) {
    static const char *const escapes[][2] = {{"&", "&amp;"},   {"<", "&lt;"},  {">", "&gt;"},
                                             {"\"", "&quot;"}, {"'", "&#39;"}, {NULL, NULL}};
    render_replaced(text, escapes, out);
}

void html_print(FILE *out, const char *format, ...) {
    char *text = NULL;
    va_list arguments;
    va_start(arguments, format);
    if (vasprintf(&text, format, arguments) < 0) text = NULL;
    va_end(arguments);
    if (text) html_write(out, text);
    free(text);
}

static void write_head(FILE *out, const report_table_t *table) {
    fputs("<thead><tr>", out);
    for (size_t c = 0; c < table->column_count; c++) {
        char title[CELL_SHOWN_MAX];
        const report_column_t *column = &table->columns[c];
        if (column->is_detail) continue;
        render_title(column, title);
        fprintf(out, "<th scope=\"col\"%s><button>",
                column->kind == CELL_TEXT ? " class=\"text\"" : "");
        html_write(out, *title ? title : "–");
        fputs("</button></th>", out);
    }
    fputs("</tr></thead>\n", out);
}

static size_t shown_columns(const report_table_t *table) {
    size_t count = 0;
    for (size_t c = 0; c < table->column_count; c++) count += !table->columns[c].is_detail;
    return count;
}

/* Labels that repeat are written out: rows may be sorted apart. */
static void write_cell(FILE *out, const report_table_t *table, size_t r, size_t c) {
    char shown[CELL_SHOWN_MAX], number[32];
    const report_column_t *column = &table->columns[c];
    const report_cell_t *cell = &table->rows[r].cells[c];
    report_show(column, cell, shown);
    if (column->kind == CELL_TEXT) {
        fputs("<td class=\"text\" data-v=\"", out);
        html_write(out, cell->text ? cell->text : "");
    } else {
        render_number(cell->value[0], number);
        fprintf(out, "<td data-key=\"%s\" data-v=\"%s", column->key, number);
    }
    fputs("\">", out);
    html_write(out, shown);
    if (c == 0 && table->rows[r].marks[0]) html_print(out, " %s", table->rows[r].marks);
    fputs("</td>", out);
}

static void write_rows(FILE *out, const report_table_t *table) {
    fputs("<tbody>\n", out);
    for (size_t r = 0; r < table->row_count; r++) {
        if (render_starts_section(table, r)) {
            fprintf(out,
                    "</tbody><tbody><tr class=\"heading\"><th scope=\"rowgroup\" colspan=\"%zu\">",
                    shown_columns(table));
            html_write(out, table->rows[r].section);
            fputs("</th></tr>\n", out);
        }
        fputs("<tr>", out);
        for (size_t c = 0; c < table->column_count; c++)
            if (!table->columns[c].is_detail) write_cell(out, table, r, c);
        fputs("</tr>\n", out);
    }
    fputs("</tbody>", out);
}

static void write_copy(FILE *out, const report_table_t *table, const char *format) {
    char *text = NULL;
    size_t size = 0;
    FILE *memory = open_memstream(&text, &size);
    if (!memory) return;
    render_find(format)->render(table, 1, memory);
    fclose(memory);
    fprintf(out, "<details><summary>as %s</summary><textarea readonly aria-label=\"%s\">", format,
            format);
    html_write(out, text);
    fputs("</textarea></details>\n", out);
    free(text);
}

void html_table(FILE *out, const report_table_t *table) {
    fputs("<h3>", out);
    html_write(out, table->title);
    fprintf(out, "</h3>\n<div class=\"scroll\"><table class=\"sortable\" data-table=\"%s\">",
            table->name);
    write_head(out, table);
    write_rows(out, table);
    fputs("</table></div>\n", out);
    for (size_t i = 0; i < table->note_count; i++) {
        fputs("<p class=\"note\">", out);
        html_print(out, "%s%s%s", table->notes[i].mark, table->notes[i].mark[0] ? " " : "",
                   table->notes[i].text);
        fputs("</p>\n", out);
    }
    write_copy(out, table, "csv");
    write_copy(out, table, "latex");
}
