/* render_csv.c: comma-separated values (RFC 4180): one header per table, every column, full
 * precision, empty where missing; a blank line between tables. */
#include <string.h>

#include "report/render.h"

/* Quoted only where RFC 4180 demands it: most readers then see plain words. */
void render_csv_field(const char *text, FILE *out) {
    if (!text[strcspn(text, ",\"\r\n")]) {
        fputs(text, out);
        return;
    }
    static const char *const quoted[][2] = {{"\"", "\"\""}, {NULL, NULL}};
    fputc('"', out);
    render_replaced(text, quoted, out);
    fputc('"', out);
}

/* Numbers in full, whatever people are shown: who reads csv computes with them. */
static void print_cell(const report_column_t *column, const report_cell_t *cell, FILE *out) {
    char number[32];
    fputc(',', out);
    if (column->kind == CELL_TEXT) {
        render_csv_field(cell->text ? cell->text : "", out);
        return;
    }
    render_number(cell->value[0], number);
    fputs(number, out);
    if (!column->key_two) return;
    render_number(cell->value[1], number);
    fprintf(out, ",%s", number);
}

static void print_table(const report_table_t *table, FILE *out) {
    fputs("table,section", out);
    for (size_t c = 0; c < table->column_count; c++) {
        const report_column_t *column = &table->columns[c];
        fprintf(out, ",%s%s%s", column->key, column->key_two ? "," : "",
                column->key_two ? column->key_two : "");
    }
    fputc('\n', out);
    for (size_t r = 0; r < table->row_count; r++) {
        const report_row_t *row = &table->rows[r];
        fprintf(out, "%s,", table->name);
        render_csv_field(row->section ? row->section : "", out);
        for (size_t c = 0; c < table->column_count; c++)
            print_cell(&table->columns[c], &row->cells[c], out);
        fputc('\n', out);
    }
}

static void render(const report_table_t *tables, size_t count, FILE *out) {
    for (size_t i = 0; i < count; i++) {
        if (i) fputc('\n', out);
        print_table(&tables[i], out);
    }
}

const renderer_t renderer_csv = {.name = "csv", .render = render};
