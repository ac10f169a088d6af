/* table.h: a table in memory: what every recipe makes and every renderer writes.
 *
 * A table has typed columns, rows in sections, and notes: sentences for people that may carry named
 * numbers for programs. Cells hold numbers, not text; renderers decide how they look. */
#ifndef REPORT_TABLE_H
#define REPORT_TABLE_H

#include <stddef.h>

typedef enum {
    CELL_TEXT,     /* left-aligned; all others are numbers, right-aligned */
    CELL_NUMBER,   /* 0.866                                               */
    CELL_P_VALUE,  /* the same; <0.001 where it would be shown as 0       */
    CELL_INTERVAL, /* low, high: 0.79–0.93                                */
    CELL_SPREAD,   /* mean, standard deviation: 0.16 ± 0.01               */
    CELL_RATE      /* count, of how many: 23/37                           */
} cell_kind_t;

/* As `decimals`: so many significant digits, for numbers of any size: 0.0123, 12.3, 1.23e+09. */
#define SIGNIFICANT(digits) (-(digits))

typedef struct report_column {
    const char *key;     /* "auroc": its name for programs                           */
    const char *key_two; /* of the second number; NULL for CELL_TEXT and CELL_NUMBER */
    const char *title;   /* may have a line break, for narrow columns                */
    cell_kind_t kind;
    int decimals;        /* behind the point, or SIGNIFICANT(digits)                         */
    const char *missing; /* shown for NaN: "n/a"; NULL where nothing is to be expected   */
    int is_detail;       /* 1: for programs only (csv, json); people get no room for it */
} report_column_t;

typedef struct report_cell {
    char *text;      /* owned; CELL_TEXT, else NULL                           */
    double value[2]; /* NaN = missing; [1] unused by kinds of one number      */
    int decimals;    /* the column's, unless report_round said otherwise       */
} report_cell_t;

typedef struct report_row {
    char *section;        /* owned; NULL = none. A new one starts a heading           */
    char marks[8];        /* "*†": refer to notes of that mark; "" = none             */
    report_cell_t *cells; /* owned [column_count]                                     */
} report_row_t;

enum { NOTE_VALUES_MAX = 8 };

typedef struct report_note {
    const char *mark; /* borrowed: "*", or "" for a remark on the whole table */
    const char *key;  /* borrowed: "calibration"; its name for programs       */
    char *text;       /* owned: one or two sentences                          */
    struct {
        const char *name; /* borrowed */
        double value;
    } values[NOTE_VALUES_MAX];
    size_t value_count;
} report_note_t;

typedef struct report_table {
    const char *name;               /* borrowed: the recipe's, "table1" */
    char *title;                    /* owned                            */
    const report_column_t *columns; /* borrowed [column_count]          */
    size_t column_count;
    report_row_t *rows; /* owned */
    size_t row_count;
    report_note_t *notes; /* owned */
    size_t note_count;
} report_table_t;

/* An empty table. The columns are borrowed and must outlive it. */
report_table_t report_table_create(const char *name, const report_column_t *columns,
                                   size_t column_count, const char *title, ...)
    __attribute__((format(printf, 4, 5)));
void report_table_destroy(report_table_t *table); /* {0} is fine; leaves {0} */

/* Appends a row with every cell missing. The functions below fill the last row; they abort on a key
 * that no column has. */
void report_add_row(report_table_t *table, const char *section);
void report_mark(report_table_t *table, const char *mark);
void report_set(report_table_t *table, const char *key, double value);
void report_set_two(report_table_t *table, const char *key, double first, double second);
void report_round(report_table_t *table, const char *key, int decimals);
void report_set_text(report_table_t *table, const char *key, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* Appends a note. The second function adds a number to the last note. */
void report_note(report_table_t *table, const char *mark, const char *key, const char *format, ...)
    __attribute__((format(printf, 4, 5)));
void report_note_value(report_table_t *table, const char *name, double value);

/* The cell of a row by key, for tests and later steps of a recipe. Borrowed. */
report_cell_t *report_cell(const report_table_t *table, size_t row, const char *key);

enum { CELL_SHOWN_MAX = 128 };

/* Writes the cell as people see it ("0.79–0.93") into text, UTF-8. */
void report_show(const report_column_t *column, const report_cell_t *cell,
                 char text[CELL_SHOWN_MAX]);

#endif
