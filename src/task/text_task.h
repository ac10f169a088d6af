/* text_task.h: next-token prediction on real text (corpus.h, tokenizer.h).
 *
 * Training samples are random crops of T+1 tokens, all starts equally likely, drawn anew for every
 * (seed, replica, step). Held-out samples are the consecutive windows of the held-out text; window
 * i predicts tokens iT+1 .. iT+T, so every token but the first and an incomplete last window is
 * predicted once. */
#ifndef TASK_TEXT_TASK_H
#define TASK_TEXT_TASK_H

#include "task/task.h"

extern const task_row_t task_text;

#endif
