/* LLaMA-style decoder (Touvron et al. 2023): rotary positions, grouped-query attention, SwiGLU MLP,
 * no biases. With model.norm rms_norm it is LLaMA; other norms are there for comparison.
 *
 * Weights that read the same input are one matrix: attn.qkv = q | k | v rows, mlp.gate_up = gate |
 * up. */
#include "kernel/embed.h"
#include "model/arch.h"

static tensor_t attention(build_t *b, tensor_t x, inner_norm_t *inner) {
    const model_options_t *o = b->options;
    tensor_t qkv = build_qkv(b, x, o->kv_heads, 0);
    tensor_t y = build_attention(b, qkv, o->kv_heads, o->rope_base);
    if (inner) y = inner(b, "attn.sub", y, o->width);
    return build_output(b, "attn.out", y, o->width, 0);
}

static tensor_t mlp(build_t *b, tensor_t x, inner_norm_t *inner) {
    long d = b->options->width, f = b->options->ffn;
    tensor_t gate_up = build_linear(b, "mlp.gate_up", x, d, 2 * f, build_inner_std(b), 0);
    tensor_t y = graph_apply(b->graph, &op_swiglu, &gate_up, NO_TENSOR, NULL, 0);
    if (inner) y = inner(b, "mlp.sub", y, f);
    return build_output(b, "mlp.down", y, f, 0);
}

static int length(const task_shape_t *shape) { return shape->seq_len; }

/* 8/3 d keeps the parameter count of a 4 d MLP without gate; rounded up to whole vectors. */
static int64_t default_ffn(const model_options_t *o) { return (o->width * 8 / 3 + 31) / 32 * 32; }

static const char *check(const model_options_t *o) {
    if (o->kv_heads && o->heads % o->kv_heads) return "model.kv_heads must divide model.heads";
    if (o->width / o->heads % 2) return "rotary positions need an even model.width / model.heads";
    return NULL;
}

static void build(build_t *b) {
    static const sublayer_t first = {"norm1", attention}, second = {"norm2", mlp};
    init_t normal = {.std = b->options->embed_std};
    tensor_t tokens = build_parameter(b, "tok_emb", b->shape.vocab, b->options->width, normal);
    b->input = graph_index(b->graph, (long)b->batch * b->length);
    struct embed_options options = {.period = b->length};
    tensor_t h = graph_apply(b->graph, &op_embed, (tensor_t[]){tokens, NO_TENSOR}, b->input,
                             &options, sizeof options);
    build_blocks(b, h, &first, &second);
    build_head(b, b->shape.loss_last ? b->length - 1 : -1, 0);
}

const arch_row_t arch_llama = {.name = "llama",
                               .doc = "LLaMA-style decoder: RoPE, grouped-query attention, SwiGLU",
                               .kind = TASK_TOKENS,
                               .length = length,
                               .default_ffn = default_ffn,
                               .check = check,
                               .build = build};
