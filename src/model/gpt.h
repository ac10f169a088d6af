/* gpt.h: options of the architectures with GPT-2's blocks: gpt and vit. */
#ifndef MODEL_GPT_H
#define MODEL_GPT_H

#include "model/arch.h"

struct gpt_options {
    int64_t mlp_ratio; /* hidden width of the MLP over d, where model.ffn is 0 */
};
extern const field_set_t gpt_fields; /* model.mlp_ratio */

/* Attention, then the MLP, in every layer; ffn = mlp_ratio width. For rows with these options. */
const sublayer_t *const *gpt_block(const model_options_t *options, int layer);
int64_t gpt_default_ffn(const model_options_t *options);

#endif
