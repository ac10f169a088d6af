/* tokenizer_word.h: words between white space, one <eos> per line (words.h).
 *
 * Ids: 0 = <unk>, 1 = <eos>, then the most frequent words of the training text, ties in byte order,
 * until the vocabulary is full. All other words are <unk>, and so is the <unk> WikiText itself
 * contains. Fewer words than ids: the last ids never occur. */
#ifndef TASK_TOKENIZER_WORD_H
#define TASK_TOKENIZER_WORD_H

#include "task/tokenizer.h"

enum { WORD_UNKNOWN = 0, WORD_END_OF_LINE = 1, WORD_FIRST = 2 };

#endif
