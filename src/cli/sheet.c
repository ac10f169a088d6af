#include "cli/sheet.h"

#include <math.h>

#include "report/render.h"

/* What RFC 8259 has escaped; UTF-8 stays as it is. */
static void print_json(const char *text, FILE *out) {
    fputc('"', out);
    for (const unsigned char *c = (const unsigned char *)text; *c; c++) {
        if (*c == '"' || *c == '\\')
            fprintf(out, "\\%c", *c);
        else if (*c < ' ')
            fprintf(out, "\\u%04x", *c);
        else
            fputc(*c, out);
    }
    fputc('"', out);
}

static void print_text(const sheet_t *sheet, const char *text) {
    if (sheet->is_json)
        print_json(text, sheet->out);
    else
        render_csv_field(text, sheet->out);
}

static void begin_field(sheet_t *sheet, const char *name) {
    if (sheet->field_count++) fputc(',', sheet->out);
    if (!sheet->is_json) return;
    if (sheet->field_count == 1) fputc('{', sheet->out);
    print_json(name, sheet->out);
    fputc(':', sheet->out);
}

void sheet_text(sheet_t *sheet, const char *name, const char *text) {
    begin_field(sheet, name);
    print_text(sheet, sheet->is_header ? name : text);
}

void sheet_number(sheet_t *sheet, const char *name, double number) {
    char digits[32];
    if (sheet->is_header) {
        sheet_text(sheet, name, "");
        return;
    }
    begin_field(sheet, name);
    render_number(number, digits);
    fputs(sheet->is_json && !isfinite(number) ? "null" : digits, sheet->out);
}

void sheet_end_row(sheet_t *sheet) {
    fputs(sheet->is_json ? "}\n" : "\n", sheet->out);
    sheet->field_count = 0;
}
