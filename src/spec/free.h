/* free.h: options that nobody declares: "params: {lr: 1e-3, act: gelu, betas: [0.9, 0.95]}", the
 * parameters of somebody else's program.
 *
 * A row "params.*" of type FIELD_FREE stands for all of them: each name that a sweep file uses
 * anywhere (beside the options, in axes, exclude, include, arms, search) becomes a field of its
 * own. A value keeps its kind. Its canonical text says which that is:
 *
 *   true, false        a truth value
 *   3, -1              a whole number of 64 bits
 *   0.001, 1.0, 1e+22  another number: it has a point or an exponent
 *   gelu               text; in quotes, "12", "true", where it would read as one of the others
 *   [0.9, "x"]         a list of such, its texts in quotes
 *   (empty)            the trial has no such parameter: the default, which no file can write */
#ifndef SPEC_FREE_H
#define SPEC_FREE_H

#include <stdio.h>

#include "spec/document.h"
#include "spec/value.h"

enum { FREE_KEY_MAX = 72 }; /* longest key with its terminator */

typedef struct free_name {
    char key[FREE_KEY_MAX]; /* "params.lr"                                   */
    int is_numeric;         /* every value given to it is a number or a truth value */
} free_name_t;

typedef struct free_names {
    free_name_t *at; /* owned [count], each once */
    size_t count;
} free_names_t;

/* All keys of the document below a row "prefix.*" of `sets`. STATUS_SPEC, with file and line: a
 * name of other than letters, digits and _ . -, or a longer one. */
status_t free_names_find(const document_t *document, const field_set_t *const *sets,
                         free_names_t *names);
void free_names_destroy(free_names_t *names); /* {0} is fine; leaves {0} */

int free_is_wildcard(const char *key);                          /* "params.*"                     */
int free_is_below(const char *wildcard, const char *key);       /* "params.*", "params.lr"        */
int free_is_absent(const field_t *field, const value_t *value); /* of a free option, the default */

/* Canonical text, into text[FIELD_FREE_MAX], of a word or a list of words; `number`: of a number or
 * truth value, NaN of others. STATUS_SPEC with a sentence to stand behind the key: words that other
 * programs read differently (nan, yes, off), numbers that do not fit, texts that are too long. */
status_t free_read(word_t word, char *text, double *number);
status_t free_read_list(const word_t *words, size_t count, char *text);

/* The text that a canonical text stands for, without quotes where it is one: into plain[size]. */
void free_plain(const char *text, char *plain, size_t size);

/* Takes the next item, plain, off a canonical list: `rest` begins at it, and is "" behind the last.
 * 0 when there is none. plain[FIELD_FREE_MAX]. */
int free_next_item(const char **rest, char *plain);

/* Prints a canonical text as JSON, which is also YAML; not the empty one. */
void free_print_json(FILE *out, const char *text);

#endif
