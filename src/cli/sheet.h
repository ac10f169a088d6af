/* sheet.h: rows of named fields as text for other programs: CSV (RFC 4180, with a header) or JSON
 * lines, an object each.
 *
 *     for (size_t row = 0; ...) {
 *         sheet_text(&sheet, "id", id[row]);
 *         sheet_number(&sheet, "loss", loss[row]);
 *         sheet_end_row(&sheet);
 *     }
 *
 * Every row of a sheet has the same fields in the same order; the header of CSV is a row that is
 * put while `is_header` is set, when names are written and values are not looked at. Numbers are in
 * full precision. One that is not a number is an empty field of CSV, null in JSON; an infinite one
 * is inf there and null here, since JSON knows none. Errors stay with the file: ferror(). */
#ifndef CLI_SHEET_H
#define CLI_SHEET_H

#include <stddef.h>
#include <stdio.h>

typedef struct sheet {
    FILE *out; /* borrowed */
    int is_json;
    int is_header;      /* of CSV: this row is the header */
    size_t field_count; /* put into this row so far       */
} sheet_t;

void sheet_text(sheet_t *sheet, const char *name, const char *text);
void sheet_number(sheet_t *sheet, const char *name, double number);
void sheet_end_row(sheet_t *sheet);

#endif
