/* tokenizer_gpt2.h: GPT-2's tokenizer, 50 257 ids, from data_dir/gpt2-tokenizer/encoder.json and
 * vocab.bpe, which must be OpenAI's own (checksums).
 *
 * A text is cut into pieces by GPT-2's pattern (contractions, words, numbers, other signs, each
 * with a leading space; white space), and every piece is byte-pair encoded (byte_pair.h). The text
 * must be UTF-8. "<|endoftext|>" in a text is ordinary text. */
#ifndef TASK_TOKENIZER_GPT2_H
#define TASK_TOKENIZER_GPT2_H

#include "task/tokenizer.h"

extern const tokenizer_row_t tokenizer_gpt2;

#endif
