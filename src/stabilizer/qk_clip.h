/* qk_clip.h: QK-clip (Kimi K2, arXiv 2507.20534, section 2.1): after the update, every head whose
 * largest attention logit of the step's batch, S = max q.k / sqrt(s), exceeded the limit tau has
 * its query and key weights scaled down so that this logit would have been tau:
 *
 *   W_q <- W_q sqrt(tau / S), W_k <- W_k sqrt(tau / S)
 *
 * Where several query heads share a key head, which must not be touched for the sake of one of
 * them, W_q <- W_q tau / S, as K2 does with its shared rotary keys. Biases go with their weights;
 * optimizer state stays as it is. The logits are those before any soft cap. */
#ifndef STABILIZER_QK_CLIP_H
#define STABILIZER_QK_CLIP_H

#include "stabilizer/stabilizer.h"

extern const stabilizer_row_t stabilizer_qk_clip;
extern const field_set_t qk_clip_fields; /* qk_clip.limit */

#endif
