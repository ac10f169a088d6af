/* tiny.h: what a tiny trial leaves: three steps of one layer of width 16, probed once. */
#ifndef BENCH_TINY_H
#define BENCH_TINY_H

#include <string.h>

#include "store/schema.h"

static inline size_t tiny_length(const char *dimension) {
    static const struct {
        const char *name;
        size_t length;
    } known[] = {{"step", 3}, {"mode", 16}, {"part", 2}};
    for (size_t i = 0; i < sizeof known / sizeof *known; i++)
        if (strcmp(known[i].name, dimension) == 0) return known[i].length;
    return 1;
}

/* What every trial leaves, by the folders and names of the schema. */
static inline int tiny_has(const schema_row_t *row) {
    static const char *const paths[] = {"series/step", "series/loss", "series/grad_norm",
                                        "series/lr",   "valid/",      "outcome/",
                                        "rksp/",       "summary/",    "baseline/"};
    for (size_t i = 0; i < sizeof paths / sizeof *paths; i++)
        if (strncmp(row->path, paths[i], strlen(paths[i])) == 0) return 1;
    return 0;
}

static inline void tiny_put(record_t *record, const schema_row_t *row, double seed) {
    double x[64];
    int64_t k[64];
    size_t shape[RECORD_RANK_MAX] = {0}, count = 1;
    int rank = 0;
    for (const char *c = row->shape; *c; c++) rank += *c == '[' || *c == ',';
    for (int axis = 0; axis < rank; axis++) {
        shape[axis] = tiny_length(trial_dimensions[schema_axis(row, axis)].name);
        count *= shape[axis];
    }
    for (size_t i = 0; i < count; i++) x[i] = seed / (1 + (double)i), k[i] = (int64_t)i;
    if (row->type == RECORD_TEXT)
        record_put_text(record, row->path, "OpenBLAS 0.3.21");
    else
        record_put(record, row->path, row->type, rank, shape,
                   row->type == RECORD_F64 ? (void *)x : (void *)k);
}

/* Numbers that depend on `seed`. The caller clears the record. */
static inline record_t tiny_record(double seed) {
    record_t record = {0};
    for (const schema_row_t *row = trial_schema; row->path; row++)
        if (tiny_has(row)) tiny_put(&record, row, seed);
    return record;
}

#endif
