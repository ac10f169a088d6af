/* series.h: what the lines of metrics.jsonl amount to, step by step.
 *
 * Lines of one step and attempt are one entry. Within an attempt steps ascend. A line of a later
 * attempt at step s takes the place of all that earlier attempts have said from s on: the program
 * went back to its checkpoint. A line of an earlier attempt that comes late counts for nothing. */
#ifndef EXTERNAL_SERIES_H
#define EXTERNAL_SERIES_H

#include "base/record.h"
#include "external/line.h"

enum { SERIES_MAX = 64, SUMMARY_MAX = 64, STEPS_MAX = 10 * 1000 * 1000 };

/* Columns that have a meaning; those of other names stand behind them. */
enum {
    SERIES_LOSS,
    SERIES_GRAD_NORM,
    SERIES_LR,
    SERIES_VALID_LOSS,
    SERIES_VALID_ACCURACY,
    SERIES_SECONDS, /* a clock: no series of the results */
    SERIES_OWN
};

/* What an entry has. */
enum { HAS_LOSS = 1, HAS_TRAINING = 2, HAS_VALIDATION = 4 };

typedef struct column {
    char name[LINE_NAME_MAX];
    double *values; /* owned [capacity]; NaN where the entry has none; NULL: no entry has */
} column_t;

typedef struct series {
    int64_t *step, *attempt;      /* owned [capacity], ascending both  */
    unsigned char *has;           /* owned [capacity]                 */
    size_t count, capacity;       /* entries                          */
    column_t columns[SERIES_MAX]; /* [column_count]                    */
    size_t column_count;
    struct {
        char name[LINE_NAME_MAX];
        double number;
    } summary[SUMMARY_MAX];
    size_t summary_count;
    int64_t newest;     /* that is heard: of the line taken last */
    int has_checkpoint; /* in any attempt                      */
} series_t;

void series_open(series_t *series);
void series_close(series_t *series); /* {0} is fine */

/* Does the line count, and what becomes of it? `attempt`: whose it is. */
typedef enum {
    LINE_IGNORED, /* of an earlier attempt                                 */
    LINE_APART,   /* says nothing about a step                              */
    LINE_SAME,    /* of the step of the last entry                         */
    LINE_NEW      /* begins an entry                                       */
} line_place_t;
line_place_t series_place(const series_t *series, const line_t *line, int64_t attempt);

/* Takes the line in. STATUS_FAILED: a step below the one before, too many columns or steps. */
status_t series_take(series_t *series, const line_t *line, int64_t attempt);

/* From here on lines of earlier attempts count for nothing, before the new one has said anything.
 */
void series_begin_attempt(series_t *series, int64_t attempt);

/* The first entry at or after the step; series->count when there is none. */
size_t series_find(const series_t *series, int64_t step);

/* Mean of the last 10 losses that entries have; NaN without any. */
double series_recent_loss(const series_t *series);
double series_first_loss(const series_t *series);

/* Puts series/..., valid/... and external/... in (hdf5_schemas/trial.def). */
void series_record(const series_t *series, record_t *record);

#endif
