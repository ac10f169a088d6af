#include "report/table.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "base/memory.h"
#include "base/text.h"

/* Tables are made while nobody can do anything about a lack of memory: recipes never fail. */
static char *print_new(const char *format, va_list arguments) {
    char *text;
    if (vasprintf(&text, format, arguments) < 0) {
        log_error("out of memory for the text of a table");
        abort();
    }
    return text;
}

report_table_t report_table_create(const char *name, const report_column_t *columns,
                                   size_t column_count, const char *title, ...) {
    va_list arguments;
    va_start(arguments, title);
    report_table_t table = {.name = name,
                            .title = print_new(title, arguments),
                            .columns = columns,
                            .column_count = column_count};
    va_end(arguments);
    return table;
}

void report_table_destroy(report_table_t *table) {
    for (size_t r = 0; r < table->row_count; r++) {
        for (size_t c = 0; c < table->column_count; c++) free(table->rows[r].cells[c].text);
        free(table->rows[r].cells);
        free(table->rows[r].section);
    }
    for (size_t i = 0; i < table->note_count; i++) free(table->notes[i].text);
    free(table->rows);
    free(table->notes);
    free(table->title);
    *table = (report_table_t){0};
}

/* All cells missing at first: what a recipe does not know needs no line in it. */
void report_add_row(report_table_t *table, const char *section) {
    table->rows = memory_grow(table->rows, table->row_count + 1, sizeof *table->rows, "a table");
    report_row_t *row = &table->rows[table->row_count++];
    *row = (report_row_t){0};
    if (section) row->section = strcpy(memory_take(strlen(section) + 1, 1, "a table"), section);
    row->cells = memory_grow(NULL, table->column_count, sizeof *row->cells, "a table");
    for (size_t c = 0; c < table->column_count; c++)
        row->cells[c] =
            (report_cell_t){.value = {NAN, NAN}, .decimals = table->columns[c].decimals};
}

/* A key that no column has is a slip of the recipe, not of the user: the program stops there. */
report_cell_t *report_cell(const report_table_t *table, size_t row, const char *key) {
    for (size_t c = 0; c < table->column_count; c++)
        if (strcmp(table->columns[c].key, key) == 0) return &table->rows[row].cells[c];
    log_error("table %s has no column %s", table->name, key);
    abort();
}

void report_mark(report_table_t *table, const char *mark) {
    report_row_t *row = &table->rows[table->row_count - 1];
    text_append(row->marks, sizeof row->marks, "%s", mark);
}

void report_set_two(report_table_t *table, const char *key, double first, double second) {
    report_cell_t *cell = report_cell(table, table->row_count - 1, key);
    cell->value[0] = first;
    cell->value[1] = second;
}

void report_set(report_table_t *table, const char *key, double value) {
    report_set_two(table, key, value, NAN);
}

void report_round(report_table_t *table, const char *key, int decimals) {
    report_cell(table, table->row_count - 1, key)->decimals = decimals;
}

void report_set_text(report_table_t *table, const char *key, const char *format, ...) {
    report_cell_t *cell = report_cell(table, table->row_count - 1, key);
    va_list arguments;
    va_start(arguments, format);
    free(cell->text);
    cell->text = print_new(format, arguments);
    va_end(arguments);
}

void report_note(report_table_t *table, const char *mark, const char *key, const char *format,
                 ...) {
    va_list arguments;
    va_start(arguments, format);
    table->notes =
        memory_grow(table->notes, table->note_count + 1, sizeof *table->notes, "a table");
    table->notes[table->note_count++] =
        (report_note_t){.mark = mark, .key = key, .text = print_new(format, arguments)};
    va_end(arguments);
}

/* A value that is dropped would be missing from JSON only: as loud as an unknown key. */
void report_note_value(report_table_t *table, const char *name, double value) {
    report_note_t *note = &table->notes[table->note_count - 1];
    if (note->value_count == NOTE_VALUES_MAX) {
        log_error("note %s of table %s has no room for %s", note->key, table->name, name);
        abort();
    }
    note->values[note->value_count].name = name;
    note->values[note->value_count++].value = value;
}

/* So that -0.0004 is not shown as "-0.000". */
static int is_shown_as_zero(double x, int decimals) {
    return decimals >= 0 && fabs(x) < 0.5 * pow(10, -decimals);
}

/* x with `decimals` digits behind the point, or SIGNIFICANT digits. From 100000 on digits behind
 * a point say nothing: the perplexity of one run that is about to diverge would widen a table to no
 * use. */
static void append_number(char text[CELL_SHOWN_MAX], double x, int decimals) {
    if (decimals < 0)
        text_append(text, CELL_SHOWN_MAX, "%.*g", -decimals, x);
    else if (decimals > 0 && fabs(x) >= 1e5)
        text_append(text, CELL_SHOWN_MAX, "%.3g", x);
    else
        text_append(text, CELL_SHOWN_MAX, "%.*f", decimals, is_shown_as_zero(x, decimals) ? 0 : x);
}

/* An interval with one end missing is no interval: its dash stays, so that this is seen. What
 * stands between the two numbers of a cell; NULL when only the first is shown. */
static const char *separator(cell_kind_t kind, double second) {
    if (kind == CELL_INTERVAL) return "–";
    if (isnan(second)) return NULL;
    if (kind == CELL_RATE) return "/";
    return kind == CELL_SPREAD ? " ± " : NULL;
}

void report_show(const report_column_t *column, const report_cell_t *cell,
                 char text[CELL_SHOWN_MAX]) {
    const double *x = cell->value;
    const char *between = separator(column->kind, x[1]);
    const char *missing = column->missing ? column->missing : "";
    text[0] = '\0';
    if (column->kind == CELL_TEXT) {
        text_append(text, CELL_SHOWN_MAX, "%s", cell->text ? cell->text : missing);
        return;
    }
    if (isnan(x[0])) {
        text_append(text, CELL_SHOWN_MAX, "%s", missing);
        return;
    }
    if (column->kind == CELL_P_VALUE && is_shown_as_zero(x[0], cell->decimals)) {
        text_append(text, CELL_SHOWN_MAX, "<");
        append_number(text, pow(10, -cell->decimals), cell->decimals);
        return;
    }
    append_number(text, x[0], cell->decimals);
    if (!between) return;
    text_append(text, CELL_SHOWN_MAX, "%s", between);
    append_number(text, x[1], cell->decimals);
}
