#include "probe/curvature_log.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

static const char *const matrix_names[CURVATURE_MATRICES] = {"hessian", "preconditioned"};

/* One number per estimate of one matrix: curvature/MATRIX_NAME. */
static const struct column {
    const char *name;
    size_t offset;
} columns[] = {
#define AT(member) offsetof(curvature_estimate_t, member)
    {"lambda", AT(lambda)}, {"lambda_min", AT(smallest)},  {"residual", AT(residual)},
    {"angle", AT(angle)},   {"error", AT(standard_error)}, {"lr_lambda", AT(lr_lambda)},
    {"edge", AT(edge)},
};

static double number(const curvature_estimate_t *estimate, size_t offset) {
    return *(const double *)((const char *)estimate + offset);
}

status_t curvature_log_create(curvature_log_t *log) {
    size_t rows = log->capacity, matrices = CURVATURE_MATRICES;
    log->step = calloc(rows + 1, sizeof *log->step);
    log->batch = calloc(rows * log->batches + 1, sizeof *log->batch);
    log->seconds = calloc(rows + 1, sizeof *log->seconds);
    log->estimates = calloc(matrices * rows + 1, sizeof *log->estimates);
    log->blocks = calloc(matrices * rows * log->layers + 1, sizeof *log->blocks);
    log->work = calloc(rows + 1, sizeof(double));
    int is_complete =
        log->step && log->batch && log->seconds && log->estimates && log->blocks && log->work;
    if (!is_complete) curvature_log_destroy(log);
    CHECK(is_complete, STATUS_ENVIRONMENT, "out of memory for %zu estimates of curvature", rows);
    return STATUS_OK;
}

void curvature_log_destroy(curvature_log_t *log) {
    free(log->step);
    free(log->batch);
    free(log->seconds);
    free(log->estimates);
    free(log->blocks);
    free(log->work);
    *log = (curvature_log_t){0};
}

/* Row 0 of a matrix. */
static curvature_estimate_t *estimates_of(const curvature_log_t *log, curvature_matrix_t matrix) {
    return log->estimates + log->capacity * matrix;
}
static double *blocks_of(const curvature_log_t *log, curvature_matrix_t matrix) {
    return log->blocks + log->capacity * log->layers * matrix;
}

curvature_estimate_t *curvature_log_estimate(curvature_log_t *log, curvature_matrix_t matrix) {
    return estimates_of(log, matrix) + log->count;
}
double *curvature_log_blocks(curvature_log_t *log, curvature_matrix_t matrix) {
    return blocks_of(log, matrix) + log->count * log->layers;
}
int64_t *curvature_log_batches(curvature_log_t *log) {
    return log->batch + log->count * log->batches;
}

/* Only now does the estimate count: one that failed midway is overwritten by the next. */
void curvature_log_end(curvature_log_t *log, int64_t step, double seconds) {
    log->step[log->count] = step;
    log->seconds[log->count++] = seconds;
}

/* --- checkpoints --- */

typedef struct part {
    const char *path;
    record_type_t type;
    size_t count;
    void *at;
} part_t;
enum { PARTS = 5, NUMBERS = sizeof(curvature_estimate_t) / sizeof(double) };

static void list_parts(const curvature_log_t *log, part_t parts[PARTS]) {
    size_t rows = log->capacity, all = rows * CURVATURE_MATRICES;
    parts[0] = (part_t){"curvature_log/step", RECORD_I64, rows, log->step};
    parts[1] = (part_t){"curvature_log/batch", RECORD_I64, rows * log->batches, log->batch};
    parts[2] = (part_t){"curvature_log/seconds", RECORD_F64, rows, log->seconds};
    parts[3] = (part_t){"curvature_log/estimates", RECORD_F64, all * NUMBERS, log->estimates};
    parts[4] = (part_t){"curvature_log/blocks", RECORD_F64, all * log->layers, log->blocks};
}

void curvature_log_save(const curvature_log_t *log, record_t *record) {
    part_t parts[PARTS];
    list_parts(log, parts);
    record_put_i64(record, "curvature_log/count", (int64_t)log->count);
    for (int i = 0; i < PARTS; i++)
        if (parts[i].count)
            record_put(record, parts[i].path, parts[i].type, 1, &parts[i].count, parts[i].at);
}

status_t curvature_log_load(curvature_log_t *log, const record_t *record) {
    int64_t count;
    part_t parts[PARTS];
    list_parts(log, parts);
    TRY(record_get(record, "curvature_log/count", RECORD_I64, 1, &count));
    CHECK(count >= 0 && count <= (int64_t)log->capacity, STATUS_CORRUPT,
          "%ld estimates of curvature where %zu were asked for", (long)count, log->capacity);
    for (int i = 0; i < PARTS; i++)
        if (parts[i].count)
            TRY(record_get(record, parts[i].path, parts[i].type, parts[i].count, parts[i].at));
    log->count = (size_t)count;
    return STATUS_OK;
}

/* --- recording --- */

static void record_columns(const curvature_log_t *log, curvature_matrix_t matrix,
                           record_t *record) {
    char path[RECORD_PATH_MAX];
    for (size_t c = 0; c < sizeof columns / sizeof *columns; c++) {
        double *work = log->work;
        for (size_t i = 0; i < log->count; i++)
            work[i] = number(&estimates_of(log, matrix)[i], columns[c].offset);
        snprintf(path, sizeof path, "curvature/%s_%s", matrix_names[matrix], columns[c].name);
        record_put(record, path, RECORD_F64, 1, &log->count, work);
    }
}

static void record_products(const curvature_log_t *log, curvature_matrix_t matrix,
                            record_t *record) {
    char path[RECORD_PATH_MAX];
    int64_t *products = log->work;
    for (size_t i = 0; i < log->count; i++)
        products[i] = (int64_t)estimates_of(log, matrix)[i].products;
    snprintf(path, sizeof path, "curvature/%s_products", matrix_names[matrix]);
    record_put(record, path, RECORD_I64, 1, &log->count, products);
}

static void record_blocks(const curvature_log_t *log, curvature_matrix_t matrix, record_t *record) {
    const size_t shape[] = {log->count, log->layers};
    char path[RECORD_PATH_MAX];
    if (!log->layers) return;
    snprintf(path, sizeof path, "curvature/%s_block_lambda", matrix_names[matrix]);
    record_put(record, path, RECORD_F64, 2, shape, blocks_of(log, matrix));
}

static int ascending(const void *a, const void *b) {
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

/* Over the finite estimates of one number: sorted in log->work; returns how many there are. */
static size_t sort_finite(const curvature_log_t *log, curvature_matrix_t matrix, size_t offset) {
    size_t n = 0;
    double *work = log->work;
    for (size_t i = 0; i < log->count; i++) {
        double x = number(&estimates_of(log, matrix)[i], offset);
        if (isfinite(x)) work[n++] = x;
    }
    qsort(work, n, sizeof *work, ascending);
    return n;
}

/* The preconditioned matrix is the one a run is judged by: its items have the plain names. */
static void put_summary(record_t *record, const char *what, curvature_matrix_t matrix, double x) {
    char path[RECORD_PATH_MAX];
    const char *suffix = matrix == CURVATURE_HESSIAN ? "_hessian" : "";
    snprintf(path, sizeof path, "summary/%s%s", what, suffix);
    record_put_f64(record, path, x);
}

static double median(const double *sorted, size_t n) {
    return n ? (sorted[n / 2] + sorted[(n - 1) / 2]) / 2 : NAN;
}

/* lr lambda of one step; NaN: not measured then. */
static double lr_lambda_at(const curvature_log_t *log, curvature_matrix_t matrix, int64_t step) {
    for (size_t i = 0; i < log->count; i++)
        if (log->step[i] == step) return estimates_of(log, matrix)[i].lr_lambda;
    return NAN;
}

static void record_summary(const curvature_log_t *log, curvature_matrix_t matrix,
                           record_t *record) {
    const double *sorted = log->work;
    size_t n = sort_finite(log, matrix, AT(lr_lambda));
    put_summary(record, "max_lr_lambda", matrix, n ? sorted[n - 1] : NAN);
    n = sort_finite(log, matrix, AT(lambda));
    put_summary(record, "max_lambda", matrix, n ? sorted[n - 1] : NAN);
    put_summary(record, "median_lambda", matrix, median(sorted, n));
    put_summary(record, "first_lambda", matrix, estimates_of(log, matrix)[0].lambda);
    put_summary(record, "lr_lambda_0", matrix, lr_lambda_at(log, matrix, 0));
    put_summary(record, "lr_lambda_10", matrix, lr_lambda_at(log, matrix, 10));
    n = sort_finite(log, matrix, AT(angle));
    put_summary(record, "median_angle", matrix, median(sorted, n));
    n = sort_finite(log, matrix, AT(standard_error));
    put_summary(record, "median_error", matrix, median(sorted, n));
}

void curvature_log_record(const curvature_log_t *log, record_t *record) {
    const size_t shape[] = {log->count, log->batches};
    if (!log->count) return;
    record_put(record, "curvature/step", RECORD_I64, 1, shape, log->step);
    record_put(record, "curvature/batch", RECORD_I64, 2, shape, log->batch);
    record_put(record, "curvature/seconds", RECORD_F64, 1, shape, log->seconds);
    for (curvature_matrix_t matrix = 0; matrix < CURVATURE_MATRICES; matrix++) {
        if (!log->is_on[matrix]) continue;
        record_columns(log, matrix, record);
        record_products(log, matrix, record);
        record_blocks(log, matrix, record);
        record_summary(log, matrix, record);
    }
}
