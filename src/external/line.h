/* line.h: one line of metrics.jsonl: {"step": 12, "loss": 2.31, "grad_norm": 0.9, "lr": 1e-3}.
 *
 * A flat JSON object whose values are numbers or truth values. NaN, Infinity and -Infinity may
 * stand bare, as Python writes them, or in quotes. Beside "step" some names have a meaning:
 * "attempt" (whose line it is), "checkpoint" (text: a state from which the program could go on),
 * "summary" (an object of numbers that hold of the whole trial). */
#ifndef EXTERNAL_LINE_H
#define EXTERNAL_LINE_H

#include <stddef.h>
#include <stdint.h>

#include "base/status.h"

enum { LINE_NAME_MAX = 64, LINE_VALUES_MAX = 128, LINE_BYTES_MAX = 1 << 16 };

typedef struct line_value {
    char name[LINE_NAME_MAX];
    double number;
    int is_summary;
} line_value_t;

typedef struct line {
    int64_t step;    /* -1 = it has none */
    int64_t attempt; /* -1 = it does not say */
    int is_checkpoint;
    size_t count;
    line_value_t values[LINE_VALUES_MAX];
} line_t;

/* Reads text[0..length), without its newline. STATUS_FAILED with a sentence about what is wrong:
 * no JSON object, a value that is no number, a step that is no whole number from 0 on, numbers
 * without a step. */
status_t line_parse(const char *text, size_t length, line_t *line);

#endif
