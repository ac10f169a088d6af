/* corpus.h: the training text and the held-out text a name stands for.
 *
 *   wikitext103, wikitext2     data_dir/wikitext-103, data_dir/wikitext-2, official files only
 *   a folder                   the first complete pair of: wiki.train.tokens, wiki.train.raw,
 *                              wiki.train.part.tokens (a prefix of wiki.train.tokens), train.txt
 *   one of those files         that pair
 *   any other file             its last tenth is held out, give or take a hundredth: from the
 *                              start of a line, else of a word, else of a character
 *
 * Files that are no text (plain_text.h) are STATUS_CORRUPT.
 * Files with the name of an official one are verified (size and checksum, or the published token
 * count, or the beginning): a truncated or foreign one is STATUS_CORRUPT with path, what was
 * expected, what was found. */
#ifndef TASK_CORPUS_H
#define TASK_CORPUS_H

#include "task/data_file.h"
#include "task/words.h"

typedef struct corpus {
    text_t training, held_out; /* views into the files                          */
    data_file_t files[2];      /* owned; the second is {0} when one file is cut */
} corpus_t;

/* `split`, "valid" or "test", is the file of a pair that is held out. */
status_t corpus_open(const char *data_dir, const char *name, const char *split, corpus_t *corpus);
void corpus_close(corpus_t *corpus);

/* 1 when the name stands for one file, a part of which is to be held out. */
int corpus_is_cut(const char *data_dir, const char *name);

/* Appends " (held out: its last N bytes or P %)" to text[0..size) when one file was cut. */
void corpus_describe_cut(const corpus_t *corpus, char *text, size_t size);

const char *const *corpus_splits(void); /* NULL-terminated, for specs */

#endif
