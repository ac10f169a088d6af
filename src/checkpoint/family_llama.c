/* LLaMA (Touvron et al. 2023), LlamaForCausalLM of Hugging Face's transformers. */
#include <stdlib.h>

#include "base/memory.h"
#include "checkpoint/family.h"
#include "model/llama.h"

/* Either at the top, or (transformers 5) among rope_parameters. Positions that are scaled, as from
 * LLaMA 3.1 on, are none of ours. */
static status_t read_rope(const cJSON *config, struct llama_options *own) {
    static const char *const plain[] = {"default", NULL};
    const cJSON *rope = cJSON_GetObjectItemCaseSensitive(config, "rope_parameters");
    const cJSON *scaling = cJSON_GetObjectItemCaseSensitive(config, "rope_scaling");
    own->rope_base = config_real(config, "rope_theta", 10000);
    own->rope_base = config_real(rope, "rope_theta", own->rope_base);
    TRY(config_one_of(rope, "rope_type", plain));
    CHECK(!cJSON_IsObject(scaling), STATUS_CORRUPT,
          "rope_scaling is set; only rotary positions that are not scaled are known");
    return STATUS_OK;
}

static status_t check(const cJSON *config, const model_options_t *o) {
    static const char *const silu[] = {"silu", "swish", NULL};
    int64_t head;
    TRY(config_one_of(config, "hidden_act", silu));
    CHECK(o->width % o->heads == 0, STATUS_CORRUPT,
          "num_attention_heads %ld does not divide hidden_size %ld", (long)o->heads,
          (long)o->width);
    TRY(config_numbers(config,
                       (const config_number_t[]){{"head_dim", &head, o->width / o->heads}, {0}}));
    CHECK(head * o->heads == o->width, STATUS_CORRUPT,
          "head_dim %ld times num_attention_heads %ld is not hidden_size %ld", (long)head,
          (long)o->heads, (long)o->width);
    CHECK(!config_flag(config, "attention_bias", 0) && !config_flag(config, "mlp_bias", 0),
          STATUS_CORRUPT, "attention_bias or mlp_bias is set; our LLaMA has no biases");
    return STATUS_OK;
}

static status_t read(const cJSON *config, checkpoint_t *c) {
    int64_t vocab, positions;
    model_options_t *o = &c->options;
    struct llama_options *own = memory_take(1, sizeof *own, "the options of a network");
    *o = (model_options_t){.arch = "llama", .norm = "rms_norm", .own = own};
    TRY(config_numbers(config,
                       (const config_number_t[]){{"hidden_size", &o->width},
                                                 {"num_hidden_layers", &o->layers},
                                                 {"num_attention_heads", &o->heads},
                                                 {"intermediate_size", &o->ffn},
                                                 {"vocab_size", &vocab},
                                                 {"max_position_embeddings", &positions, 2048},
                                                 {0}}));
    TRY(config_numbers(
        config, (const config_number_t[]){{"num_key_value_heads", &own->kv_heads, o->heads}, {0}}));
    TRY(read_rope(config, own));
    TRY(check(config, o));
    o->norm_epsilon = config_real(config, "rms_norm_eps", 1e-6);
    o->tied_head = config_flag(config, "tie_word_embeddings", 0);
    c->vocab = (int)vocab;
    c->positions = (int)positions;
    return STATUS_OK;
}

static void write(const model_t *model, cJSON *config) {
    const model_options_t *o = model_options(model);
    const struct llama_options *own = arch_own(o, &llama_fields);
    int64_t kv_heads = own->kv_heads ? own->kv_heads : o->heads;
    cJSON_AddNumberToObject(config, "hidden_size", (double)o->width);
    cJSON_AddNumberToObject(config, "num_hidden_layers", (double)o->layers);
    cJSON_AddNumberToObject(config, "num_attention_heads", (double)o->heads);
    cJSON_AddNumberToObject(config, "num_key_value_heads", (double)kv_heads);
    cJSON_AddNumberToObject(config, "intermediate_size", (double)o->ffn);
    cJSON_AddNumberToObject(config, "max_position_embeddings", model_shape(model)->seq_len);
    cJSON_AddStringToObject(config, "hidden_act", "silu");
    cJSON_AddNumberToObject(config, "rms_norm_eps", o->norm_epsilon);
    cJSON_AddNumberToObject(config, "rope_theta", own->rope_base);
}

const family_t family_llama = {.model_type = "llama",
                               .read = read,
                               .arch = "llama",
                               .norm = "rms_norm",
                               .class_name = "LlamaForCausalLM",
                               .body = "",
                               .write = write};
