/* words.h: a text read as lines of words, the way language modelling counts them.
 *
 * Words are separated by ASCII white space; every line ends with one end-of-line token, also a last
 * line without a newline. So WikiText's published counts (217 646 validation tokens, ...) are
 * words + lines. */
#ifndef TASK_WORDS_H
#define TASK_WORDS_H

#include <stddef.h>
#include <stdint.h>

/* A piece of memory with text in it; not terminated. */
typedef struct text {
    const char *bytes; /* borrowed */
    size_t length;
} text_t;

typedef struct word {
    const char *bytes; /* view into the text; NULL for the end of a line */
    size_t length;
} word_t;

typedef struct word_reader {
    const char *at, *end; /* what is still to be read               */
    int is_line_open;     /* a line has begun and its end not read  */
} word_reader_t;

word_reader_t words_of(text_t text);

/* The next word or end of line; returns 0 at the end of the text. */
int words_next(word_reader_t *reader, word_t *word);

/* Words plus lines. */
int64_t words_count(text_t text);

#endif
