/* json_tokenizer.h: the tokenizer.json of Hugging Face's tokenizers, of byte-pair encoders: GPT-2's
 * and LLaMA's kinds.
 *
 *   added_tokens    "<s>": wherever a text has it, it is that token
 *   normalizer      Prepend, Replace of one text by another; none
 *   pre_tokenizer   ByteLevel, Metaspace, Split by a pattern; none: the text is one piece
 *   model           BPE: vocab, merges, byte_fallback, fuse_unk, ignore_merges
 *   post_processor  TemplateProcessing: tokens in front and behind
 *
 * What is none of these is refused by name. */
#ifndef TASK_JSON_TOKENIZER_H
#define TASK_JSON_TOKENIZER_H

#include "base/status.h"
#include "task/words.h"

typedef struct json_tokenizer json_tokenizer_t;

/* Reads the text of a tokenizer.json. STATUS_CORRUPT, without the file's name: what is wrong with
 * it, or not known here. */
status_t json_tokenizer_create(text_t file, json_tokenizer_t **tokenizer);
void json_tokenizer_destroy(json_tokenizer_t **tokenizer); /* NULL inside is fine */

/* The ids of a text of UTF-8, with those in front and behind: *ids malloc'd. STATUS_CORRUPT: it is
 * no UTF-8, or a pattern gives up on it. One thread at a time. */
status_t json_tokenizer_encode(json_tokenizer_t *tokenizer, text_t text, int32_t **ids,
                               int64_t *count);

/* One more than the largest id. */
int json_tokenizer_vocab(const json_tokenizer_t *tokenizer);

#endif
