#include "store/own.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void add_row(frame_t *frame, size_t row, const char *at) {
    enum { NAME_MAX_BYTES = 128 };
    char name[NAME_MAX_BYTES];
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

/* The column is looked up once: others move when one is added, its entries do not. */
void own_columns(frame_t *frame) {
    const frame_column_t *column = frame_find(frame, "external/summary");
    char *const *texts = column ? column->text : NULL;
    for (size_t row = 0; texts && row < frame->rows; row++) add_row(frame, row, texts[row]);
}
