#include "report/render.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define RENDERER_ROW(name) &renderer_##name,
static const renderer_t *const renderers[] = {RENDERERS(RENDERER_ROW) NULL};

#define RENDERER_NAME(name) #name,
const char *const renderer_names[] = {RENDERERS(RENDERER_NAME) NULL};

/* No message of its own: --format lists what there is. */
const renderer_t *render_find(const char *name) {
    for (size_t i = 0; renderers[i]; i++)
        if (strcmp(renderers[i]->name, name) == 0) return renderers[i];
    return NULL;
}

/* By text: recipes add rows one by one and need not say where a section ends. */
int render_starts_section(const report_table_t *table, size_t row) {
    const char *own = table->rows[row].section;
    const char *before = row ? table->rows[row - 1].section : NULL;
    return own && (!before || strcmp(own, before) != 0);
}

/* The label of a pair of rows (ours, the paper's) is read once; csv and json repeat it, where each
 * row stands alone. */
void render_cell(const report_table_t *table, size_t row, size_t column,
                 char text[CELL_SHOWN_MAX]) {
    char before[CELL_SHOWN_MAX];
    report_show(&table->columns[column], &table->rows[row].cells[column], text);
    if (column > 0 || row == 0 || render_starts_section(table, row)) return;
    report_show(&table->columns[0], &table->rows[row - 1].cells[0], before);
    if (strcmp(text, before) == 0) text[0] = '\0';
}

void render_title(const report_column_t *column, char text[CELL_SHOWN_MAX]) {
    snprintf(text, CELL_SHOWN_MAX, "%s", column->title);
    for (char *c = text; *c; c++)
        if (*c == '\n') *c = ' ';
}

/* 15 digits are always right, 17 always enough; the fewest that read back are what people wrote. */
void render_number(double x, char text[32]) {
    text[0] = '\0';
    if (isnan(x)) return;
    for (int digits = 15; digits <= 17; digits++) {
        snprintf(text, 32, "%.*g", digits, x);
        if (strtod(text, NULL) == x) return;
    }
}

/* One pass, so that what a replacement brings in (a backslash, say) is not replaced again. */
void render_replaced(const char *text, const char *const (*replacements)[2], FILE *out) {
    while (*text) {
        const char *const *hit = *replacements;
        for (size_t i = 0; hit[0] && strncmp(text, hit[0], strlen(hit[0])); i++)
            hit = replacements[i + 1];
        if (hit[0]) {
            fputs(hit[1], out);
            text += strlen(hit[0]);
        } else {
            fputc(*text++, out);
        }
    }
}
