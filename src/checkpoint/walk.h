/* walk.h: the hidden states of a checkpoint, from one layer to the next. Never more than one block
 * of it is in memory (or its table of tokens), beside two states of all sequences.
 *
 *     walk_begin(&checkpoint, tokens, sequences, length, &walk);
 *     for (int l = 0; l < layers; l++) {
 *         walk_step(&walk);                    before = h_l, after = h_{l+1}
 *         walk_advance(&walk);                 before = h_{l+1}
 *     }
 *     walk_end(&walk);
 */
#ifndef CHECKPOINT_WALK_H
#define CHECKPOINT_WALK_H

#include "checkpoint/checkpoint.h"

typedef struct walk {
    const checkpoint_t *checkpoint; /* borrowed                                            */
    const int32_t *tokens;          /* borrowed [sequences, length]                        */
    int sequences, length;
    int chunk;           /* sequences of one pass                                          */
    int layer;           /* `before` is h_layer                                            */
    flt *before, *after; /* owned [sequences, length, width]                               */
} walk_t;

/* Embeds the tokens: before = h_0. STATUS_SPEC: a token the checkpoint does not have, sequences
 * longer than it can read. What checkpoint_load says. On failure nothing is held. */
status_t walk_begin(const checkpoint_t *c, const int32_t *tokens, int sequences, int length,
                    walk_t *walk);
void walk_end(walk_t *walk); /* {0} is fine */

/* after = the next block of before. */
status_t walk_step(walk_t *walk);

/* after = the final norm of before, which is h_L. */
status_t walk_final_norm(walk_t *walk);

/* `after` becomes `before`, and is overwritten by the next step. */
void walk_advance(walk_t *walk);

/* Mean cross-entropy, nats per token, of each sequence's next tokens (its last has none), from
 * before = h_L. NaN for sequences of one token. */
status_t walk_loss(const walk_t *walk, double *loss);

#endif
