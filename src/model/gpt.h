/* gpt.h: options of the architectures with GPT-2's blocks: gpt and vit. */
#ifndef MODEL_GPT_H
#define MODEL_GPT_H

#include "model/arch.h"

struct gpt_options {
    int64_t mlp_ratio;              /* hidden width of the MLP over d, where model.ffn is 0 */
    char positions[FIELD_NAME_MAX]; /* learned, sinusoidal */
};
extern const field_set_t gpt_fields; /* model.mlp_ratio, model.positions */

/* pos_emb [rows, width] as model.positions has it: drawn and learned, or constants
 *
 *   p[t, 2k] = a sin(t / 10000^(2k/d)),   p[t, 2k+1] = a cos(...)     (Vaswani et al. 2017)
 *
 * where a = sqrt(2) embed_std makes them as large as the others are at the start. */
tensor_t gpt_positions(build_t *b, long rows);

/* Attention, then the MLP, in every layer; ffn = mlp_ratio width. For rows with these options. */
const sublayer_t *const *gpt_block(const model_options_t *options, int layer);
int64_t gpt_default_ffn(const model_options_t *options);

#endif
