/* tokenizer.h: text to token ids. A tokenizer is one file plus one row in tokenizer.c. */
#ifndef TASK_TOKENIZER_H
#define TASK_TOKENIZER_H

#include "task/tokens.h"
#include "task/words.h"

/* What a tokenizer may be built from. */
typedef struct tokenizer_source {
    const char *data_dir; /* where its files lie                                      */
    text_t training;      /* the training text: the only text a vocabulary is made of */
    int vocab;            /* ids the model has                                        */
} tokenizer_source_t;

typedef struct tokenizer tokenizer_t; /* private to the row */

typedef struct tokenizer_row {
    const char *name, *doc;
    int vocab;     /* ids when the sweep does not say      */
    int vocab_min; /* fewest ids it works with             */
    int version;   /* raised when the same text gives other ids: older cache files are not read */

    /* NULL: the bytes of the text are the ids. Unsuitable files: STATUS_CORRUPT. */
    status_t (*create)(const tokenizer_source_t *source, tokenizer_t **tokenizer);
    void (*destroy)(tokenizer_t *tokenizer);

    /* Appends the ids of `text`, at most text.length + 1 of them. */
    status_t (*encode)(tokenizer_t *tokenizer, text_t text, tokens_t *tokens);
} tokenizer_row_t;

#define TOKENIZER(name) extern const tokenizer_row_t tokenizer_##name;
#include "task/tokenizers.def"
#undef TOKENIZER

const tokenizer_row_t *tokenizer_find(const char *name); /* NULL when unknown          */
const char *const *tokenizer_names(void);                /* NULL-terminated, for specs */

/* Appends how many ids each has when the sweep does not say, "byte 256, word 10000", to
 * text[0..size). */
void tokenizer_describe_vocabs(char *text, size_t size);

/* Ids of the model: `asked`, or the tokenizer's own number when that is 0. Too few: STATUS_SPEC. */
status_t tokenizer_vocab(const tokenizer_row_t *row, int asked, int *vocab);

/* Tokenizes texts[0..count), from the cache when they are there. The caller destroys each of the
 * tokens; byte tokens are views into their text. */
status_t tokenizer_encode(const tokenizer_row_t *row, const tokenizer_source_t *source,
                          const text_t *texts, int count, tokens_t *tokens);

#endif
