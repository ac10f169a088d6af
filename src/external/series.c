#include "external/series.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "base/text.h"

void series_open(series_t *series) {
    static const char *const names[SERIES_OWN] = {"loss",       "grad_norm",      "lr",
                                                  "valid_loss", "valid_accuracy", "seconds"};
    *series = (series_t){.column_count = SERIES_OWN};
    for (int i = 0; i < SERIES_OWN; i++)
        snprintf(series->columns[i].name, LINE_NAME_MAX, "%s", names[i]);
}

void series_close(series_t *series) {
    for (size_t i = 0; i < series->column_count; i++) free(series->columns[i].values);
    free(series->step);
    free(series->attempt);
    free(series->has);
    *series = (series_t){0};
}

size_t series_find(const series_t *series, int64_t step) {
    size_t low = 0, high = series->count;
    while (low < high) {
        size_t middle = (low + high) / 2;
        if (series->step[middle] < step)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

void series_begin_attempt(series_t *series, int64_t attempt) {
    if (attempt > series->newest) series->newest = attempt;
}

line_place_t series_place(const series_t *series, const line_t *line, int64_t attempt) {
    size_t last = series->count - 1;
    if (attempt < series->newest) return LINE_IGNORED;
    if (line->step < 0) return LINE_APART;
    int is_same = series->count && series->step[last] == line->step;
    return is_same && series->attempt[last] == attempt ? LINE_SAME : LINE_NEW;
}

/* --- entries --- */

static void fill(double *values, size_t from, size_t to) {
    for (size_t i = from; i < to; i++) values[i] = NAN;
}

static void make_room(series_t *series) {
    size_t before = series->capacity;
    if (series->count < before) return;
    size_t capacity = series->capacity = before ? 2 * before : 256;
    series->step = memory_grow(series->step, capacity, sizeof *series->step, "series");
    series->attempt = memory_grow(series->attempt, capacity, sizeof *series->attempt, "series");
    series->has = memory_grow(series->has, capacity, 1, "series");
    for (size_t i = 0; i < series->column_count; i++) {
        column_t *column = &series->columns[i];
        if (!column->values) continue;
        column->values = memory_grow(column->values, capacity, sizeof *column->values, "series");
        fill(column->values, before, capacity);
    }
}

/* Forgets what entries from `first` on have said. */
static void cut(series_t *series, size_t first) {
    for (size_t i = 0; i < series->column_count; i++) {
        column_t *column = &series->columns[i];
        if (column->values) fill(column->values, first, series->count);
    }
    series->count = first;
}

static status_t begin_entry(series_t *series, const line_t *line, int64_t attempt) {
    size_t first = series_find(series, line->step), last = series->count - 1;
    CHECK(first == series->count || series->attempt[last] < attempt, STATUS_FAILED,
          "step %ld comes after step %ld; steps ascend within an attempt", (long)line->step,
          (long)series->step[last]);
    cut(series, first);
    CHECK(series->count < STEPS_MAX, STATUS_FAILED,
          "more than %d steps; log every n-th step of so long a run", STEPS_MAX);
    make_room(series);
    series->has[series->count] = 0;
    series->step[series->count] = line->step;
    series->attempt[series->count++] = attempt;
    return STATUS_OK;
}

/* --- values --- */

static status_t find_column(series_t *series, const char *name, column_t **found) {
    for (size_t i = 0; i < series->column_count; i++) {
        *found = &series->columns[i];
        if (strcmp((*found)->name, name) == 0) return STATUS_OK;
    }
    CHECK(series->column_count < SERIES_MAX, STATUS_FAILED,
          "\"%s\" would be a series more than the %d that there may be", name, SERIES_MAX);
    *found = &series->columns[series->column_count++];
    **found = (column_t){0};
    snprintf((*found)->name, LINE_NAME_MAX, "%s", name);
    return STATUS_OK;
}

static unsigned char what_it_is(long column) {
    int is_validation = column == SERIES_VALID_LOSS || column == SERIES_VALID_ACCURACY;
    if (is_validation) return HAS_VALIDATION;
    return column == SERIES_LOSS ? HAS_TRAINING | HAS_LOSS : HAS_TRAINING;
}

static status_t put_number(series_t *series, const line_value_t *value) {
    column_t *column;
    TRY(find_column(series, value->name, &column));
    if (!column->values) {
        column->values = memory_grow(NULL, series->capacity, sizeof *column->values, "series");
        fill(column->values, 0, series->capacity);
    }
    size_t last = series->count - 1;
    long which = column - series->columns;
    column->values[last] = value->number;
    series->has[last] |= what_it_is(which);
    return STATUS_OK;
}

static status_t put_summary(series_t *series, const line_value_t *value) {
    size_t i = 0;
    while (i < series->summary_count && strcmp(series->summary[i].name, value->name) != 0) i++;
    CHECK(i < SUMMARY_MAX, STATUS_FAILED, "\"%s\" would be a summary more than the %d there may be",
          value->name, SUMMARY_MAX);
    series->summary_count += i == series->summary_count;
    snprintf(series->summary[i].name, LINE_NAME_MAX, "%s", value->name);
    series->summary[i].number = value->number;
    return STATUS_OK;
}

status_t series_take(series_t *series, const line_t *line, int64_t attempt) {
    line_place_t place = series_place(series, line, attempt);
    if (place == LINE_IGNORED) return STATUS_OK;
    int has_entry = 0;
    for (size_t i = 0; i < line->count; i++) has_entry |= !line->values[i].is_summary;
    if (place == LINE_NEW && has_entry) TRY(begin_entry(series, line, attempt));
    series->newest = attempt;
    series->has_checkpoint |= line->is_checkpoint;
    for (size_t i = 0; i < line->count; i++)
        TRY(line->values[i].is_summary ? put_summary(series, &line->values[i])
                                       : put_number(series, &line->values[i]));
    return STATUS_OK;
}

/* --- what they amount to --- */

double series_recent_loss(const series_t *series) {
    const double *loss = series->columns[SERIES_LOSS].values;
    double sum = 0;
    int count = 0;
    for (size_t i = series->count; loss && i-- > 0 && count < 10;) {
        if (!(series->has[i] & HAS_LOSS)) continue;
        sum += loss[i];
        count++;
    }
    return count ? sum / count : NAN;
}

double series_first_loss(const series_t *series) {
    const double *loss = series->columns[SERIES_LOSS].values;
    for (size_t i = 0; loss && i < series->count; i++)
        if (series->has[i] & HAS_LOSS) return loss[i];
    return NAN;
}
