/* tokens.h: a long text as token ids, packed as tightly as its vocabulary allows. */
#ifndef TASK_TOKENS_H
#define TASK_TOKENS_H

#include <stdint.h>

#include "base/status.h"
#include "task/data_file.h"

typedef struct tokens {
    const void *ids; /* view into `buffer`, `file` or another's: [count] of `width` bytes    */
    int width;       /* 1, 2, 4 or 8; none is negative or beyond 2^31-1                     */
    int64_t count;
    void *buffer;     /* owned while tokens are appended, else NULL                          */
    data_file_t file; /* owned: the cache file they were read from, or {0}                   */
} tokens_t;           /* {0} is an empty one */

/* Bytes per token of a vocabulary. */
int tokens_width(int vocab);

/* An empty list with room for `capacity` tokens 0 .. vocab-1. Memory is used as it is filled. No
 * memory: STATUS_ENVIRONMENT. */
status_t tokens_create(int vocab, int64_t capacity, tokens_t *tokens);
void tokens_destroy(tokens_t *tokens);

/* At most `capacity` times. */
void tokens_append(tokens_t *tokens, int32_t id);

/* Copies tokens first .. first+count-1 to ids[0..count). */
void tokens_copy(const tokens_t *tokens, int64_t first, int count, int32_t *ids);

#endif
