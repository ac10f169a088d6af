#include "store/own.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Columns move when one is added, so each text is looked up anew. */
static const char *text_of(const frame_t *frame, size_t row) {
    const frame_column_t *column = frame_find(frame, "external/summary");
    return column && column->text ? column->text[row] : "";
}

static void add_row(frame_t *frame, size_t row) {
    enum { NAME_MAX_BYTES = 128 };
    char name[NAME_MAX_BYTES];
    const char *at = text_of(frame, row);
    while (*at) {
        size_t word = strcspn(at, " "), length = strcspn(at, "= ");
        int is_pair = length && length < word && length + sizeof "external/" <= sizeof name;
        if (is_pair) {
            snprintf(name, sizeof name, "external/%.*s", (int)length, at);
            const frame_column_t *known = frame_find(frame, name);
            if (!known || known->number)
                frame_numbers(frame, name)[row] = strtod(at + length + 1, NULL);
        }
        at += word + strspn(at + word, " ");
    }
}

void own_columns(frame_t *frame) {
    for (size_t row = 0; row < frame->rows; row++) add_row(frame, row);
}
