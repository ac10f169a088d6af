/* tokens_task.h: next-token prediction on ids that were made elsewhere (token_files.h), sampled as
 * any stream of tokens is (token_stream.h).
 *
 * Held out is what task.held_out_files name, else the last task.held_out_share of the tokens. The
 * vocabulary is task.vocab, or ends with the largest id that occurs; an id beyond it is an error.
 */
#ifndef TASK_TOKENS_TASK_H
#define TASK_TOKENS_TASK_H

#include "task/task.h"

extern const task_row_t task_tokens;

#endif
