/* tokenizer_byte.h: every byte is a token, 256 ids. Any file will do; nothing is unknown. */
#ifndef TASK_TOKENIZER_BYTE_H
#define TASK_TOKENIZER_BYTE_H

#include "task/tokenizer.h"

extern const tokenizer_row_t tokenizer_byte;

#endif
