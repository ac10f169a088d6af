/* value.h: one typed value of one field, with its canonical text. */
#ifndef SPEC_VALUE_H
#define SPEC_VALUE_H

#include "base/status.h"
#include "spec/field.h"

typedef struct value {
    char *text;       /* owned; the same for every way to write it: "0.001", "[0, 100]" */
    uint64_t hash;    /* of "key: text", so it tells fields and values apart */
    double number;    /* FIELD_BOOL, FIELD_INT, FIELD_REAL; NaN for the others */
    int64_t integer;  /* FIELD_BOOL, FIELD_INT */
    int_list_t *list; /* owned; FIELD_INT_LIST, NULL for the others */
    int line;         /* of the sweep file; 0 = the default */
} value_t;

/* A word of a sweep file. In quotes it is text, never a number. */
typedef struct word {
    const char *text; /* borrowed; no control characters */
    int is_quoted;
} word_t;

/* Reads one word, or the words of a list, by the rules of `field`. A wrong type, a value out of
 * range, an unknown choice: STATUS_SPEC with a sentence about the value, to stand behind the key;
 * `value` is then untouched. */
status_t value_read(const field_t *field, word_t word, value_t *value);
status_t value_read_list(const field_t *field, const word_t *words, size_t count, value_t *value);

/* Reads the default of `field`. */
status_t value_read_fallback(const field_t *field, value_t *value);

/* Frees what it owns; {0} is fine; leaves {0}. */
void value_clear(value_t *value);

/* Writes the shortest decimal text that reads back to exactly `number`. Needs 32 bytes. */
void value_format(double number, char *text, size_t size);

#endif
