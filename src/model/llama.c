/* LLaMA-style decoder (Touvron et al. 2023): rotary positions, grouped-query attention, SwiGLU MLP,
 * no biases. With model.norm rms_norm it is LLaMA; other norms are there for comparison.
 *
 * Weights that read the same input are one matrix: attn.qkv = q | k | v rows, mlp.gate_up = gate |
 * up. */
#include "model/llama.h"

/* "model.arch=llama|moe": whoever has these options. */
static char of_users[256];

#define OPTIONS struct llama_options
static const field_t fields[] = {
    INT_FIELD("model.kv_heads", kv_heads, .min = 0, .max = 256, .fallback = "0",
              .doc = "key/value heads of LLaMA's blocks; divides model.heads; 0 = model.heads",
              .needs = of_users),
    REAL_FIELD("model.rope_base", rope_base, .min = 1, .max = 1e9, .fallback = "10000",
               .doc = "base of LLaMA's rotary positions", .needs = of_users),
};
const field_set_t llama_fields = FIELD_SET("LLaMA's blocks", fields);

__attribute__((constructor)) static void find_users(void) {
    arch_users(&llama_fields, of_users, sizeof of_users);
}

static tensor_t attention(build_t *b, tensor_t x, inner_norm_t *inner) {
    const model_options_t *o = b->options;
    const struct llama_options *own = arch_own(o, &llama_fields);
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

static status_t check_attention(const model_options_t *o) {
    TRY(build_check_heads(o));
    const struct llama_options *own = arch_own(o, &llama_fields);
    CHECK(own->kv_heads == 0 || o->heads % own->kv_heads == 0, STATUS_SPEC,
          "model.kv_heads: %ld does not divide model.heads %ld; use a divisor", (long)own->kv_heads,
          (long)o->heads);
    CHECK(o->width / o->heads % 2 == 0, STATUS_SPEC,
          "model.heads: rotary positions need an even model.width / model.heads, not %ld",
          (long)(o->width / o->heads));
    return STATUS_OK;
}

const sublayer_t llama_attention = {.apply = attention, .check = check_attention};
const sublayer_t llama_mlp = {.apply = mlp};

static int length(const task_shape_t *shape) { return shape->seq_len; }

/* 8/3 d keeps the parameter count of a 4 d MLP without gate; rounded up to whole vectors. */
int64_t llama_default_ffn(const model_options_t *o) { return (o->width * 8 / 3 + 31) / 32 * 32; }

static const sublayer_t *const *block(const model_options_t *options, int layer) {
    static const sublayer_t *const both[] = {&llama_attention, &llama_mlp, NULL};
    (void)options, (void)layer;
    return both;
}

/* Hugging Face's rows of a head are in our order; where the head is tied, it is left out. */
static const tensor_row_t hf_rows[] = {
    {"model.embed_tokens.weight", "tok_emb"},
    {"model.layers.%d.input_layernorm.weight", "block.%d.norm1.gain"},
    {"model.layers.%d.self_attn.q_proj.weight", "block.%d.attn.qkv.weight", ROLE_QUERY},
    {"model.layers.%d.self_attn.k_proj.weight", "block.%d.attn.qkv.weight", ROLE_KEY},
    {"model.layers.%d.self_attn.v_proj.weight", "block.%d.attn.qkv.weight", ROLE_VALUE},
    {"model.layers.%d.self_attn.o_proj.weight", "block.%d.attn.out.weight"},
    {"model.layers.%d.post_attention_layernorm.weight", "block.%d.norm2.gain"},
    {"model.layers.%d.mlp.gate_proj.weight", "block.%d.mlp.gate_up.weight", ROLE_GATE},
    {"model.layers.%d.mlp.up_proj.weight", "block.%d.mlp.gate_up.weight", ROLE_UP},
    {"model.layers.%d.mlp.down_proj.weight", "block.%d.mlp.down.weight"},
    {"model.norm.weight", "final_norm.gain"},
    {"lm_head.weight", "head.weight"},
    {"model.embed_tokens.weight", "head.weight"},
    {NULL, NULL},
};
static const layout_t hf = {.name = "hf",
                            .doc = "LLaMA as Hugging Face's transformers saves it",
                            .prefixes = (const char *const[]){"", NULL},
                            .rows = hf_rows};

/* Meta turns the pairs (2 i, 2 i + 1) of a head, we (i, i + s/2): ours is row a s/2 + i of a head,
 * theirs 2 i + a. */
static long meta_unit(const model_options_t *o, long unit) {
    long s = o->width / o->heads, head = unit / s, row = unit % s;
    return head * s + 2 * (row % (s / 2)) + row / (s / 2);
}

static const tensor_row_t meta_rows[] = {
    {"tok_embeddings.weight", "tok_emb"},
    {"layers.%d.attention_norm.weight", "block.%d.norm1.gain"},
    {"layers.%d.attention.wq.weight", "block.%d.attn.qkv.weight", ROLE_QUERY, .unit = meta_unit},
    {"layers.%d.attention.wk.weight", "block.%d.attn.qkv.weight", ROLE_KEY, .unit = meta_unit},
    {"layers.%d.attention.wv.weight", "block.%d.attn.qkv.weight", ROLE_VALUE},
    {"layers.%d.attention.wo.weight", "block.%d.attn.out.weight"},
    {"layers.%d.ffn_norm.weight", "block.%d.norm2.gain"},
    {"layers.%d.feed_forward.w1.weight", "block.%d.mlp.gate_up.weight", ROLE_GATE},
    {"layers.%d.feed_forward.w3.weight", "block.%d.mlp.gate_up.weight", ROLE_UP},
    {"layers.%d.feed_forward.w2.weight", "block.%d.mlp.down.weight"},
    {"norm.weight", "final_norm.gain"},
    {"output.weight", "head.weight"},
    {"tok_embeddings.weight", "head.weight"},
    {NULL, NULL},
};
static const layout_t meta = {.name = "meta",
                              .doc = "LLaMA as Meta saves it",
                              .prefixes = (const char *const[]){"", NULL},
                              .rows = meta_rows};

static void build(build_t *b) {
    tensor_t tokens = build_table(b, "tok_emb", b->shape.vocab);
    build_blocks(b, build_embedding(b, tokens, NO_TENSOR));
    build_token_head(b);
}

const arch_row_t arch_llama = {.name = "llama",
                               .doc = "LLaMA-style decoder: RoPE, grouped-query attention, SwiGLU",
                               .kind = TASK_TOKENS,
                               .options = {{&llama_fields, sizeof(struct llama_options)}},
                               .length = length,
                               .default_ffn = llama_default_ffn,
                               .block = block,
                               .layouts = (const layout_t *const[]){&hf, &meta, NULL},
                               .build = build};
