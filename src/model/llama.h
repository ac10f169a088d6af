/* llama.h: options and sub-layers of LLaMA's blocks, of the architectures that have them. */
#ifndef MODEL_LLAMA_H
#define MODEL_LLAMA_H

#include "model/arch.h"

struct llama_options {
    int64_t kv_heads; /* key/value heads, divides heads; 0 = heads */
    double rope_base; /* of rotary positions                       */
};
extern const field_set_t llama_fields; /* model.kv_heads, model.rope_base */

/* For rows with these options. */
extern const sublayer_t llama_attention, llama_mlp;
int64_t llama_default_ffn(const model_options_t *options); /* 8/3 width, in whole vectors */

#endif
