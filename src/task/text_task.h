/* text_task.h: next-token prediction on real text (corpus.h, tokenizer.h), sampled as any stream of
 * tokens is (token_stream.h). */
#ifndef TASK_TEXT_TASK_H
#define TASK_TEXT_TASK_H

#include "task/task.h"

extern const task_row_t task_text;

#endif
