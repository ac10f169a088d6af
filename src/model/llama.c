/* LLaMA-style decoder (Touvron et al. 2023): rotary positions, grouped-query attention, SwiGLU MLP,
 * no biases. With model.norm rms_norm it is LLaMA; other norms are there for comparison.
 *
 * Weights that read the same input are one matrix: attn.qkv = q | k | v rows, mlp.gate_up = gate |
 * up. */
#include "model/llama.h"

#define OPTIONS struct llama_options
static const field_t fields[] = {
    INT_FIELD("model.kv_heads", kv_heads, .min = 0, .max = 256, .fallback = "0",
              .doc = "key/value heads of llama; divides model.heads; 0 = model.heads",
              .needs = "model.arch=llama"),
    REAL_FIELD("model.rope_base", rope_base, .min = 1, .max = 1e9, .fallback = "10000",
               .doc = "base of llama's rotary positions", .needs = "model.arch=llama"),
};
const field_set_t llama_fields = FIELD_SET("llama", fields);

static tensor_t attention(build_t *b, tensor_t x, inner_norm_t *inner) {
    const model_options_t *o = b->options;
    const struct llama_options *own = o->own;
    int64_t kv_heads = own->kv_heads ? own->kv_heads : o->heads;
    tensor_t qkv = build_qkv(b, x, kv_heads, 0);
    tensor_t y = build_attention(b, qkv, kv_heads, own->rope_base);
    if (inner) y = inner(b, "attn.sub", y, o->width);
    return build_output(b, "attn.out", y, o->width, 0);
}

static tensor_t mlp(build_t *b, tensor_t x, inner_norm_t *inner) {
    long d = b->options->width, f = b->options->ffn;
    tensor_t gate_up = build_linear_as(b, "mlp.gate_up", x, d, 2 * f,
                                       (parameter_facts_t){.mup = MUP_HIDDEN,
                                                           .parts = {{ROLE_GATE, f}, {ROLE_UP, f}},
                                                           .init = {.std = build_inner_std(b)}},
                                       0);
    tensor_t y = graph_apply(b->graph, &op_swiglu, &gate_up, NO_TENSOR, NULL, 0);
    if (inner) y = inner(b, "mlp.sub", y, f);
    return build_output(b, "mlp.down", y, f, 0);
}

static int length(const task_shape_t *shape) { return shape->seq_len; }

/* 8/3 d keeps the parameter count of a 4 d MLP without gate; rounded up to whole vectors. */
static int64_t default_ffn(const model_options_t *o) { return (o->width * 8 / 3 + 31) / 32 * 32; }

static status_t check(const model_options_t *o) {
    const struct llama_options *own = o->own;
    CHECK(own->kv_heads == 0 || o->heads % own->kv_heads == 0, STATUS_SPEC,
          "model.arch llama: model.kv_heads must divide model.heads");
    CHECK(o->width / o->heads % 2 == 0, STATUS_SPEC,
          "model.arch llama: rotary positions need an even model.width / model.heads");
    return STATUS_OK;
}

static const sublayer_t *const *block(const model_options_t *options, int layer) {
    static const sublayer_t first = {.apply = attention, .check = build_check_heads},
                            second = {.apply = mlp};
    static const sublayer_t *const both[] = {&first, &second, NULL};
    (void)options, (void)layer;
    return both;
}

static void build(build_t *b) {
    tensor_t tokens = build_table(b, "tok_emb", b->shape.vocab);
    build_blocks(b, build_embedding(b, tokens, NO_TENSOR));
    build_token_head(b);
}

const arch_row_t arch_llama = {.name = "llama",
                               .doc = "LLaMA-style decoder: RoPE, grouped-query attention, SwiGLU",
                               .kind = TASK_TOKENS,
                               .options = &llama_fields,
                               .options_size = sizeof(struct llama_options),
                               .length = length,
                               .default_ffn = default_ffn,
                               .check = check,
                               .block = block,
                               .build = build};
