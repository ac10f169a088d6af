/* series_record.c: series as the data sets of a trial. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "base/text.h"
#include "external/series.h"

/* The entries that have something. */
typedef struct rows {
    size_t *at; /* owned [count] */
    size_t count;
} rows_t;

static rows_t find_rows(const series_t *series, unsigned wanted) {
    rows_t rows = {memory_grow(NULL, series->count + 1, sizeof *rows.at, "series"), 0};
    for (size_t i = 0; i < series->count; i++)
        if (series->has[i] & wanted) rows.at[rows.count++] = i;
    return rows;
}

static void put_steps(const series_t *series, const rows_t *rows, const char *path,
                      record_t *record) {
    int64_t *steps = memory_grow(NULL, rows->count, sizeof *steps, "series");
    for (size_t i = 0; i < rows->count; i++) steps[i] = series->step[rows->at[i]];
    record_put(record, path, RECORD_I64, 1, &rows->count, steps);
    free(steps);
}

/* Writes the column of those entries to every `stride`-th place of `to`. */
static void gather(const column_t *column, const rows_t *rows, size_t stride, double *to) {
    for (size_t i = 0; i < rows->count; i++) to[i * stride] = column->values[rows->at[i]];
}

static void put_column(const series_t *series, int which, const rows_t *rows, const char *path,
                       record_t *record) {
    const column_t *column = &series->columns[which];
    if (!column->values) return;
    double *values = memory_grow(NULL, rows->count, sizeof *values, "series");
    gather(column, rows, 1, values);
    record_put_vector(record, path, values, rows->count);
    free(values);
}

/* Series of names that the program chose: one table, and its column names in one text. */
static void put_own(const series_t *series, const rows_t *rows, record_t *record) {
    const size_t own = series->column_count - SERIES_OWN, shape[] = {rows->count, own};
    char names[SERIES_MAX * (LINE_NAME_MAX + 1)] = "";
    if (!own) return;
    double *values = memory_grow(NULL, rows->count * own, sizeof *values, "series");
    for (size_t k = 0; k < own; k++) {
        const column_t *column = &series->columns[SERIES_OWN + k];
        gather(column, rows, own, values + k);
        text_append(names, sizeof names, "%s%s", k ? " " : "", column->name);
    }
    record_put(record, "external/series", RECORD_F64, 2, shape, values);
    record_put_text(record, "external/series_names", names);
    free(values);
}

static void put_summary(const series_t *series, record_t *record) {
    char text[SUMMARY_MAX * (LINE_NAME_MAX + 32)] = "";
    for (size_t i = 0; i < series->summary_count; i++)
        text_append(text, sizeof text, "%s%s=%.17g", i ? " " : "", series->summary[i].name,
                    series->summary[i].number);
    if (*text) record_put_text(record, "external/summary", text);
}

void series_record(const series_t *series, record_t *record) {
    rows_t training = find_rows(series, HAS_TRAINING), valid = find_rows(series, HAS_VALIDATION);
    if (training.count) {
        put_steps(series, &training, "series/step", record);
        put_column(series, SERIES_LOSS, &training, "series/loss", record);
        put_column(series, SERIES_GRAD_NORM, &training, "series/grad_norm", record);
        put_column(series, SERIES_LR, &training, "series/lr", record);
        put_own(series, &training, record);
    }
    if (valid.count) {
        put_steps(series, &valid, "valid/step", record);
        put_column(series, SERIES_VALID_LOSS, &valid, "valid/loss", record);
        put_column(series, SERIES_VALID_ACCURACY, &valid, "valid/accuracy", record);
    }
    put_summary(series, record);
    free(training.at);
    free(valid.at);
}
