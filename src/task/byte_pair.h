/* byte_pair.h: byte-level byte-pair encoding as in GPT-2 (Sennrich et al. 2016; Radford et al.
 * 2019), from the two files OpenAI published with it:
 *
 *   encoder.json   {"symbols": id, ...}, each id 0 .. n-1 once
 *   vocab.bpe      "#version: 0.2", then one merge "left right" per line, best first
 *
 * Both write bytes as printable characters: '!'..'~', U+00A1..U+00AC and U+00AE..U+00FF stand for
 * themselves, the 68 other bytes, in order, for U+0100 ... */
#ifndef TASK_BYTE_PAIR_H
#define TASK_BYTE_PAIR_H

#include "base/status.h"
#include "task/words.h"

typedef struct byte_pair byte_pair_t;

/* byte_of[c] = the byte that character U+c stands for, or -1. */
enum { BYTE_PAIR_SYMBOLS = 256 + 68 };
void byte_pair_alphabet(int16_t byte_of[BYTE_PAIR_SYMBOLS]);

/* Reads the texts of both files. Accepted are only merges that can be applied in any order of equal
 * rank: each makes a token of its own out of bytes and tokens made before. Anything else is
 * STATUS_CORRUPT with the entry or the line. */
status_t byte_pair_create(text_t encoder, text_t merges, byte_pair_t **pairs);
void byte_pair_destroy(byte_pair_t **pairs);

/* Encodes one piece of text: again and again, the best merge is applied where it fits first.
 * ids[0..length) has room for all; O(n log n). One thread at a time (scratch memory inside). */
status_t byte_pair_encode(byte_pair_t *pairs, text_t piece, int32_t *ids, int *count);

/* The bytes token `id` stands for; view into `pairs`. */
text_t byte_pair_decode(const byte_pair_t *pairs, int32_t id);

#endif
