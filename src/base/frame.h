/* frame.h: a table in memory: named columns of one length, numbers or text. One row per trial.
 *
 * The store fills it, stats and report read it. Numbers are float64, NaN = not known. */
#ifndef BASE_FRAME_H
#define BASE_FRAME_H

#include <stddef.h>

typedef struct frame_column {
    char *name;     /* owned: "train.lr", "summary/m_near_unit", "state", ... */
    double *number; /* owned [rows], or NULL for a column of text             */
    char **text;    /* owned [rows] of owned strings, or NULL                  */
} frame_column_t;

typedef struct frame {
    frame_column_t *columns; /* owned */
    size_t column_count, rows;
} frame_t;

/* Adds a column of `frame->rows` entries, all NaN or "", or returns the one of that name. Aborts
 * when memory is out or the kinds differ. Set frame->rows before the first column. */
double *frame_numbers(frame_t *frame, const char *name);
char **frame_texts(frame_t *frame, const char *name);

/* Replaces text entry `row` of a column of frame_texts by a copy. */
void frame_set_text(frame_t *frame, const char *name, size_t row, const char *text);

/* The column of that name or NULL. Borrowed. */
const frame_column_t *frame_find(const frame_t *frame, const char *name);

/* Takes the column of that name out; nothing when there is none. */
void frame_drop(frame_t *frame, const char *name);

/* A copy of the rows whose keep[row] is not 0. */
frame_t frame_filter(const frame_t *frame, const unsigned char *keep);

/* Frees all; {0} is fine; leaves {0}. */
void frame_clear(frame_t *frame);

#endif
