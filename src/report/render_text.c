/* render_text.c: aligned columns for a terminal, at most 110 wide when the recipe keeps to it; in
 * ASCII where the locale is not UTF-8. Text is put into the terminal's characters before it is
 * measured, so columns stand in line either way. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "report/plain.h"
#include "report/render.h"
#include "stats/scratch.h"

enum { GAP = 2, INDENT = 2, NOTE_WIDTH = 106, TITLE_LINES = 2, LINE_SIZE = 1024 };

/* Columns on a terminal: UTF-8 continuation bytes take none. */
static int shown_width(const char *text, size_t bytes) {
    int width = 0;
    for (size_t i = 0; i < bytes; i++) width += ((unsigned char)text[i] & 0xc0) != 0x80;
    return width;
}

static void append_padded(char line[LINE_SIZE], const char *text, int width, int to_left) {
    int blanks = width - shown_width(text, strlen(text));
    text_append(line, LINE_SIZE, "%*s%s%*s", to_left ? 0 : blanks, "", text, to_left ? blanks : 0,
                "");
}

/* A copy in the terminal's characters. Owned by the caller. */
static char *terminal_new(const char *text) {
    size_t size = PLAIN_GROWTH * strlen(text) + 1;
    char *copy = scratch(size, 1);
    if (plain_is_wanted())
        plain_copy(text, copy, size);
    else
        memcpy(copy, text, strlen(text));
    return copy;
}

static void print_terminal(const char *text, FILE *out) {
    char *copy = terminal_new(text);
    fprintf(out, "%s\n", copy);
    free(copy);
}

/* The same in place. */
static void to_terminal(char text[CELL_SHOWN_MAX]) {
    char copy[CELL_SHOWN_MAX];
    if (!plain_is_wanted()) return;
    plain_copy(text, copy, sizeof copy);
    memcpy(text, copy, sizeof copy);
}

/* Without blanks at its end; an empty line is left out. */
static void print_line(char line[LINE_SIZE], FILE *out) {
    size_t length = strlen(line);
    while (length && line[length - 1] == ' ') line[--length] = '\0';
    if (length) fprintf(out, "%s\n", line);
}

/* Two lines at most keep tables of ten columns within a terminal. Titles stand at the bottom of the
 * header: line `line` of TITLE_LINES, "" above a shorter one. */
static void title_text(const report_table_t *table, size_t line, size_t column,
                       char text[CELL_SHOWN_MAX]) {
    const char *title = table->columns[column].title, *second = strchr(title, '\n');
    int length = (int)strcspn(title, "\n");
    if (line == TITLE_LINES - 1)
        snprintf(text, CELL_SHOWN_MAX, "%s", second ? second + 1 : title);
    else
        snprintf(text, CELL_SHOWN_MAX, "%.*s", second ? length : 0, title);
    to_terminal(text);
}

/* Blanks for a standard deviation and decimals that are not known, so that means stand in line. */
static int spread_gap(const report_column_t *column, const report_cell_t *cell) {
    int plus_minus = plain_is_wanted() ? 6 : 5; /* " +- 0.", " ± 0." */
    if (column->kind != CELL_SPREAD || isnan(cell->value[0]) || !isnan(cell->value[1])) return 0;
    return 2 * column->decimals - cell->decimals + plus_minus;
}

/* What people see in a row's column; the label carries indent and marks. */
static void cell_text(const report_table_t *table, size_t row, size_t column,
                      char text[CELL_SHOWN_MAX]) {
    const report_row_t *r = &table->rows[row];
    const report_cell_t *cell = &r->cells[column];
    char bare[CELL_SHOWN_MAX];
    render_cell(table, row, column, bare);
    text[0] = '\0';
    text_append(text, CELL_SHOWN_MAX, "%*s%s%*s", column == 0 && r->section ? INDENT : 0, "", bare,
                spread_gap(&table->columns[column], cell), "");
    if (column == 0 && r->marks[0]) text_append(text, CELL_SHOWN_MAX, " %s", r->marks);
    to_terminal(text);
}

static int column_width(const report_table_t *table, size_t column) {
    char text[CELL_SHOWN_MAX];
    int width = 0;
    for (size_t i = 0; i < TITLE_LINES + table->row_count; i++) {
        if (i < TITLE_LINES)
            title_text(table, i, column, text);
        else
            cell_text(table, i - TITLE_LINES, column, text);
        int own = shown_width(text, strlen(text));
        width = own > width ? own : width;
    }
    return width;
}

static void print_rule(int width, FILE *out) {
    for (int i = 0; i < width; i++) fputs(plain_is_wanted() ? "-" : "─", out);
    fputc('\n', out);
}

/* One line of all shown columns; `find` says what stands in a column. */
static void print_columns(const report_table_t *table, const int *width, size_t which,
                          void (*find)(const report_table_t *, size_t which, size_t column,
                                       char text[CELL_SHOWN_MAX]),
                          FILE *out) {
    char line[LINE_SIZE] = "", text[CELL_SHOWN_MAX];
    for (size_t c = 0; c < table->column_count; c++) {
        if (table->columns[c].is_detail) continue;
        find(table, which, c, text);
        append_padded(line, text, width[c], table->columns[c].kind == CELL_TEXT);
        text_append(line, LINE_SIZE, "%*s", GAP, "");
    }
    print_line(line, out);
}

/* Breaks at blanks; lines after the first hang under the text, to the right of the mark. */
static void print_note(const report_note_t *note, FILE *out) {
    int column = INDENT;
    char line[LINE_SIZE] = "", *mark = terminal_new(note->mark), *text = terminal_new(note->text);
    append_padded(line, mark, INDENT, 1);
    fputs(line, out);
    for (const char *word = text; *word;) {
        size_t bytes = strcspn(word, " ");
        int width = shown_width(word, bytes);
        if (column > INDENT && column + 1 + width > NOTE_WIDTH) {
            fprintf(out, "\n%*s", INDENT, "");
            column = INDENT;
        }
        fprintf(out, "%s%.*s", column > INDENT ? " " : "", (int)bytes, word);
        column += width + (column > INDENT);
        word += bytes + strspn(word + bytes, " ");
    }
    fputc('\n', out);
    free(text);
    free(mark);
}

static void print_table(const report_table_t *table, FILE *out) {
    int *width = scratch(table->column_count, sizeof *width), total = -GAP;
    for (size_t c = 0; c < table->column_count; c++) {
        width[c] = column_width(table, c);
        if (!table->columns[c].is_detail) total += width[c] + GAP;
    }
    print_terminal(table->title, out);
    fputc('\n', out);
    for (size_t i = 0; i < TITLE_LINES; i++) print_columns(table, width, i, title_text, out);
    print_rule(total, out);
    for (size_t r = 0; r < table->row_count; r++) {
        if (render_starts_section(table, r)) print_terminal(table->rows[r].section, out);
        print_columns(table, width, r, cell_text, out);
    }
    print_rule(total, out);
    for (size_t i = 0; i < table->note_count; i++) print_note(&table->notes[i], out);
    free(width);
}

static void render(const report_table_t *tables, size_t count, FILE *out) {
    for (size_t i = 0; i < count; i++) {
        if (i) fputc('\n', out);
        print_table(&tables[i], out);
    }
}

const renderer_t renderer_text = {.name = "text", .render = render};
