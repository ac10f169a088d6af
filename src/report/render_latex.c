/* render_latex.c: a table environment with booktabs rules, ready for \input. */
#include "report/render.h"

/* The names of the measured quantities become symbols; then what LaTeX treats specially. */
static const char *const escapes[][2] = {{"M~1", "$M_{\\approx 1}$"},
                                         {"M>1", "$M_{>1}$"},
                                         {"M<1", "$M_{<1}$"},
                                         {"kappa(V)", "$\\kappa(V)$"},
                                         {"eta_nl", "$\\eta_{\\mathrm{nl}}$"},
                                         {"±", "$\\pm$"},
                                         {"†", "$\\dagger$"},
                                         {"–", "--"},
                                         {"\\", "\\textbackslash{}"},
                                         {"{", "\\{"},
                                         {"}", "\\}"},
                                         {"%", "\\%"},
                                         {"&", "\\&"},
                                         {"#", "\\#"},
                                         {"$", "\\$"},
                                         {"_", "\\_"},
                                         {"~", "\\textasciitilde{}"},
                                         {"^", "\\textasciicircum{}"},
                                         {"<", "\\textless{}"},
                                         {">", "\\textgreater{}"},
                                         {NULL, NULL}};

/* booktabs: no vertical rules, as journals ask for. */
static void print_header(const report_table_t *table, FILE *out) {
    fputs("\\begin{tabular}{", out);
    for (size_t c = 0; c < table->column_count; c++)
        if (!table->columns[c].is_detail)
            fputc(table->columns[c].kind == CELL_TEXT ? 'l' : 'r', out);
    fputs("}\n\\toprule\n", out);
    for (size_t c = 0; c < table->column_count; c++) {
        char title[CELL_SHOWN_MAX];
        if (table->columns[c].is_detail) continue;
        render_title(&table->columns[c], title);
        fputs(c ? " & " : "", out);
        render_replaced(title, escapes, out);
    }
    fputs(" \\\\\n\\midrule\n", out);
}

static void print_section(const report_table_t *table, const char *section, FILE *out) {
    size_t shown = 0;
    for (size_t c = 0; c < table->column_count; c++) shown += !table->columns[c].is_detail;
    fprintf(out, "\\multicolumn{%zu}{l}{\\emph{", shown);
    render_replaced(section, escapes, out);
    fputs("}} \\\\\n", out);
}

/* Marks as superscripts, which the notes below the rules repeat. */
static void print_row(const report_table_t *table, size_t r, FILE *out) {
    const report_row_t *row = &table->rows[r];
    for (size_t c = 0; c < table->column_count; c++) {
        char text[CELL_SHOWN_MAX];
        if (table->columns[c].is_detail) continue;
        render_cell(table, r, c, text);
        fputs(c ? " & " : row->section ? "\\quad " : "", out);
        render_replaced(text, escapes, out);
        if (c == 0 && row->marks[0]) {
            fputs("\\textsuperscript{", out);
            render_replaced(row->marks, escapes, out);
            fputc('}', out);
        }
    }
    fputs(" \\\\\n", out);
}

/* Notes below the rules and not as captions: they are longer than the table is wide. */
static void print_table(const report_table_t *table, FILE *out) {
    fputs("\\begin{table}\n\\caption{", out);
    render_replaced(table->title, escapes, out);
    fprintf(out, "}\\label{tab:%s}\n", table->name);
    print_header(table, out);
    for (size_t r = 0; r < table->row_count; r++) {
        if (render_starts_section(table, r)) print_section(table, table->rows[r].section, out);
        print_row(table, r, out);
    }
    fputs("\\bottomrule\n\\end{tabular}\n\\par\\footnotesize\n", out);
    for (size_t i = 0; i < table->note_count; i++) {
        fputs("\\textsuperscript{", out);
        render_replaced(table->notes[i].mark, escapes, out);
        fputc('}', out);
        render_replaced(table->notes[i].text, escapes, out);
        fputs("\\par\n", out);
    }
    fputs("\\end{table}\n", out);
}

static void render(const report_table_t *tables, size_t count, FILE *out) {
    fputs("% needs \\usepackage{booktabs}\n", out);
    for (size_t i = 0; i < count; i++) print_table(&tables[i], out);
}

const renderer_t renderer_latex = {.name = "latex", .render = render};
