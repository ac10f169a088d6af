/* token_cache.h: tokenized texts kept on disk between trials and sweeps.
 *
 * One file per (text, tokenizer), KEY.tokens of the cache (cache.h):
 *
 *   OFFSET  SIZE  CONTENT
 *        0     8  "KSTOKEN1"
 *        8     8  key: hash of everything the tokens depend on
 *       16     8  count of tokens
 *       24     8  bytes per token (1, 2 or 4)
 *       32     8  text_hash of the tokens
 *       40     .  the tokens, in the byte order of the machine
 *
 * A file is written under a temporary name and renamed, so several ranks may do it at once and a
 * reader sees a whole file or none; all of it is verified whenever it is read. A folder that cannot
 * be used costs time, nothing else: no function here fails. */
#ifndef TASK_TOKEN_CACHE_H
#define TASK_TOKEN_CACHE_H

#include <stdint.h>

#include "task/tokens.h"

/* Maps the tokens kept under `key`. Returns 0 when there are none or they are damaged. */
int token_cache_load(uint64_t key, tokens_t *tokens);

/* Keeps a copy of the tokens. */
void token_cache_store(uint64_t key, const tokens_t *tokens);

#endif
