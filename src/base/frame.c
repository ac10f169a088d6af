#include "base/frame.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"

static char *copy_text(const char *text) {
    size_t bytes = strlen(text) + 1;
    return memcpy(memory_take(bytes, 1, "a table"), text, bytes);
}

static frame_column_t *find(const frame_t *frame, const char *name) {
    for (size_t i = 0; i < frame->column_count; i++)
        if (strcmp(frame->columns[i].name, name) == 0) return &frame->columns[i];
    return NULL;
}

static frame_column_t *add(frame_t *frame, const char *name) {
    frame->columns =
        memory_grow(frame->columns, frame->column_count + 1, sizeof *frame->columns, "a table");
    frame_column_t *column = &frame->columns[frame->column_count++];
    *column = (frame_column_t){.name = copy_text(name)};
    return column;
}

static void *wrong_kind(const char *name) {
    fprintf(stderr, "koopsweep: error: column %s is asked for as number and as text\n", name);
    abort();
}

double *frame_numbers(frame_t *frame, const char *name) {
    frame_column_t *column = find(frame, name);
    if (!column) {
        column = add(frame, name);
        column->number = memory_take(frame->rows, sizeof *column->number, "a table");
        for (size_t i = 0; i < frame->rows; i++) column->number[i] = NAN;
    }
    return column->number ? column->number : wrong_kind(name);
}

char **frame_texts(frame_t *frame, const char *name) {
    frame_column_t *column = find(frame, name);
    if (!column) {
        column = add(frame, name);
        column->text = memory_take(frame->rows, sizeof *column->text, "a table");
        for (size_t i = 0; i < frame->rows; i++) column->text[i] = copy_text("");
    }
    return column->text ? column->text : wrong_kind(name);
}

static void set_text(char **entry, const char *text) {
    char *fresh = copy_text(text);
    free(*entry);
    *entry = fresh;
}

void frame_set_text(frame_t *frame, const char *name, size_t row, const char *text) {
    set_text(&frame_texts(frame, name)[row], text);
}

const frame_column_t *frame_find(const frame_t *frame, const char *name) {
    return find(frame, name);
}

frame_t frame_filter(const frame_t *frame, const unsigned char *keep) {
    frame_t out = {0};
    for (size_t i = 0; i < frame->rows; i++) out.rows += keep[i] != 0;
    for (size_t c = 0; c < frame->column_count; c++) {
        const frame_column_t *from = &frame->columns[c];
        size_t row = 0;
        if (from->number) {
            double *to = frame_numbers(&out, from->name);
            for (size_t i = 0; i < frame->rows; i++)
                if (keep[i]) to[row++] = from->number[i];
        } else {
            char **to = frame_texts(&out, from->name); /* looked up once, not once a row */
            for (size_t i = 0; i < frame->rows; i++)
                if (keep[i]) set_text(&to[row++], from->text[i]);
        }
    }
    return out;
}

static void clear_column(frame_column_t *column, size_t rows) {
    for (size_t i = 0; column->text && i < rows; i++) free(column->text[i]);
    free(column->text);
    free(column->number);
    free(column->name);
}

void frame_drop(frame_t *frame, const char *name) {
    frame_column_t *column = find(frame, name);
    if (!column) return;
    clear_column(column, frame->rows);
    size_t after = (size_t)(frame->columns + --frame->column_count - column);
    memmove(column, column + 1, after * sizeof *column);
}

void frame_clear(frame_t *frame) {
    for (size_t c = 0; c < frame->column_count; c++) clear_column(&frame->columns[c], frame->rows);
    free(frame->columns);
    *frame = (frame_t){0};
}
