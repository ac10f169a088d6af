/* render_markdown.c: pipe tables as GitHub and most others read them. */
#include "report/render.h"

/* Whatever could start emphasis, code, a link, a cell, or HTML. */
static const char *const escapes[][2] = {{"\\", "\\\\"}, {"|", "\\|"}, {"*", "\\*"}, {"_", "\\_"},
                                         {"`", "\\`"},   {"~", "\\~"}, {"<", "\\<"}, {">", "\\>"},
                                         {"[", "\\["},   {NULL, NULL}};

static size_t shown_columns(const report_table_t *table) {
    size_t count = 0;
    for (size_t c = 0; c < table->column_count; c++) count += !table->columns[c].is_detail;
    return count;
}

/* Numbers to the right (--:), so that their points stand in line. */
static void print_header(const report_table_t *table, FILE *out) {
    for (size_t c = 0; c < table->column_count; c++) {
        char title[CELL_SHOWN_MAX];
        if (table->columns[c].is_detail) continue;
        render_title(&table->columns[c], title);
        fputs("| ", out);
        render_replaced(title, escapes, out);
        fputc(' ', out);
    }
    fputs("|\n", out);
    for (size_t c = 0; c < table->column_count; c++)
        if (!table->columns[c].is_detail)
            fputs(table->columns[c].kind == CELL_TEXT ? "|---" : "|--:", out);
    fputs("|\n", out);
}

/* Markdown has no row across columns: the heading stands in the first, the others stay empty. */
static void print_section(const report_table_t *table, const char *section, FILE *out) {
    fputs("| **", out);
    render_replaced(section, escapes, out);
    fputs("** ", out);
    for (size_t c = 1; c < shown_columns(table); c++) fputs("| ", out);
    fputs("|\n", out);
}

static void print_row(const report_table_t *table, size_t r, FILE *out) {
    const report_row_t *row = &table->rows[r];
    for (size_t c = 0; c < table->column_count; c++) {
        char text[CELL_SHOWN_MAX];
        if (table->columns[c].is_detail) continue;
        render_cell(table, r, c, text);
        fputs("| ", out);
        render_replaced(text, escapes, out);
        if (c == 0 && row->marks[0]) {
            fputc(' ', out);
            render_replaced(row->marks, escapes, out);
        }
        fputc(' ', out);
    }
    fputs("|\n", out);
}

/* A list: paragraphs of notes would run into one in most renderers. */
static void print_notes(const report_table_t *table, FILE *out) {
    if (table->note_count) fputc('\n', out);
    for (size_t i = 0; i < table->note_count; i++) {
        const report_note_t *note = &table->notes[i];
        fputs("- ", out);
        render_replaced(note->mark, escapes, out);
        if (note->mark[0]) fputc(' ', out);
        render_replaced(note->text, escapes, out);
        fputc('\n', out);
    }
}

static void render(const report_table_t *tables, size_t count, FILE *out) {
    for (size_t i = 0; i < count; i++) {
        const report_table_t *table = &tables[i];
        fputs(i ? "\n**" : "**", out);
        render_replaced(table->title, escapes, out);
        fputs("**\n\n", out);
        print_header(table, out);
        for (size_t r = 0; r < table->row_count; r++) {
            if (render_starts_section(table, r)) print_section(table, table->rows[r].section, out);
            print_row(table, r, out);
        }
        print_notes(table, out);
    }
}

const renderer_t renderer_markdown = {.name = "markdown", .render = render};
