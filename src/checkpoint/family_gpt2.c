/* GPT-2 (Radford et al. 2019), GPT2LMHeadModel of Hugging Face's transformers. */
#include <stdlib.h>

#include "base/memory.h"
#include "checkpoint/family.h"
#include "model/gpt.h"

static status_t read(const cJSON *config, checkpoint_t *c) {
    static const char *const gelus[] = {"gelu_new", "gelu_pytorch_tanh", NULL};
    int64_t vocab, positions;
    model_options_t *o = &c->options;
    struct gpt_options *own = memory_take(1, sizeof *own, "the options of a network");
    *o = (model_options_t){.arch = "gpt", .norm = "pre_ln", .own = own};
    *own = (struct gpt_options){.mlp_ratio = 4, .positions = "learned"};
    TRY(config_numbers(config, (const config_number_t[]){{"n_embd", &o->width},
                                                         {"n_layer", &o->layers},
                                                         {"n_head", &o->heads},
                                                         {"vocab_size", &vocab},
                                                         {"n_positions", &positions},
                                                         {0}}));
    TRY(config_numbers(config, (const config_number_t[]){{"n_inner", &o->ffn, 4 * o->width}, {0}}));
    TRY(config_one_of(config, "activation_function", gelus));
    CHECK(config_flag(config, "scale_attn_weights", 1) &&
              !config_flag(config, "scale_attn_by_inverse_layer_idx", 0),
          STATUS_CORRUPT, "attention is scaled otherwise than by 1/sqrt(head size)");
    o->norm_epsilon = config_real(config, "layer_norm_epsilon", 1e-5);
    o->tied_head = config_flag(config, "tie_word_embeddings", 1);
    c->vocab = (int)vocab;
    c->positions = (int)positions;
    return STATUS_OK;
}

static void write(const model_t *model, cJSON *config) {
    const model_options_t *o = model_options(model);
    cJSON_AddNumberToObject(config, "n_embd", (double)o->width);
    cJSON_AddNumberToObject(config, "n_layer", (double)o->layers);
    cJSON_AddNumberToObject(config, "n_head", (double)o->heads);
    cJSON_AddNumberToObject(config, "n_inner", (double)o->ffn);
    cJSON_AddNumberToObject(config, "n_positions", model_shape(model)->seq_len);
    cJSON_AddStringToObject(config, "activation_function", "gelu_new");
    cJSON_AddNumberToObject(config, "layer_norm_epsilon", o->norm_epsilon);
    cJSON_AddNumberToObject(config, "embd_pdrop", o->dropout);
    cJSON_AddNumberToObject(config, "resid_pdrop", o->dropout);
    cJSON_AddNumberToObject(config, "attn_pdrop", 0);
}

const family_t family_gpt2 = {.model_type = "gpt2",
                              .read = read,
                              .arch = "gpt",
                              .norm = "pre_ln",
                              .class_name = "GPT2LMHeadModel",
                              .body = "transformer.",
                              .write = write};
