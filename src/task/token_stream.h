/* token_stream.h: one long sequence of token ids, and the samples that are cut from it; where the
 * ids come from (a tokenizer, files of ids) does not matter here.
 *
 * Training samples are random crops of T+1 tokens, all starts equally likely, drawn anew for every
 * (seed, replica, step). Held-out samples are the consecutive windows of the held-out span; window
 * i predicts tokens iT+1 .. iT+T, so every token but the first and an incomplete last window is
 * predicted once. */
#ifndef TASK_TOKEN_STREAM_H
#define TASK_TOKEN_STREAM_H

#include "task/task.h"
#include "task/tokens.h"

/* Lists of tokens one behind the other; crops may reach from one into the next. */
typedef struct token_stream {
    tokens_t *parts; /* owned [count], and what they hold */
    int64_t *ends;   /* owned [count]: tokens up to there */
    int count;
} token_stream_t; /* {0} is an empty one */

/* Takes parts[0..count) over, also when it fails; no memory: STATUS_ENVIRONMENT. */
status_t token_stream_create(tokens_t *parts, int count, token_stream_t *stream);
void token_stream_destroy(token_stream_t *stream);
int64_t token_stream_length(const token_stream_t *stream);

/* Some of its tokens. */
typedef struct token_span {
    const token_stream_t *stream; /* borrowed */
    int64_t first, count;
} token_span_t;

token_span_t token_span_all(const token_stream_t *stream);

/* What samples are drawn from, and by whom. */
typedef struct token_samples {
    uint64_t seed;
    uint32_t replica;
    int seq_len; /* T                                                                   */
    int vocab;   /* ids are 0 .. vocab-1: others, of a file that changes meanwhile, read as 0 */
    token_span_t training, held_out;
} token_samples_t;

/* STATUS_CORRUPT when a span has no whole sample; `name` is whose. */
status_t token_samples_check(const token_samples_t *samples, const char *name);

/* As the functions of a task's row (task.h). */
void token_samples_train(const token_samples_t *samples, int64_t step, batch_t *batch);
int64_t token_samples_valid_count(const token_samples_t *samples);
void token_samples_valid(const token_samples_t *samples, int64_t first, batch_t *batch);

#endif
