/* llama.h: options of the architecture llama. */
#ifndef MODEL_LLAMA_H
#define MODEL_LLAMA_H

#include "model/arch.h"

struct llama_options {
    int64_t kv_heads; /* key/value heads, divides heads; 0 = heads */
    double rope_base; /* of rotary positions                       */
};
extern const field_set_t llama_fields; /* model.kv_heads, model.rope_base */

#endif
