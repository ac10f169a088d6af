/* GPT-2-style decoder: token and learned position embeddings, L blocks of causal self-attention and
 * a GELU MLP, output matrix without bias (Radford et al. 2019). */
#include "kernel/embed.h"
#include "model/arch.h"

static int length(const task_shape_t *shape) { return shape->seq_len; }

static int64_t default_ffn(const model_options_t *o) { return o->mlp_ratio * o->width; }

static void build(build_t *b) {
    long d = b->options->width, T = b->length;
    init_t normal = {.std = b->options->embed_std};
    tensor_t tokens = build_parameter(b, "tok_emb", b->shape.vocab, d, normal);
    tensor_t positions = build_parameter(b, "pos_emb", T, d, normal);
    b->input = graph_index(b->graph, (long)b->batch * T);
    struct embed_options options = {.period = T};
    tensor_t h = graph_apply(b->graph, &op_embed, (tensor_t[]){tokens, positions}, b->input,
                             &options, sizeof options);
    build_blocks(b, h, &build_gpt_attention, &build_gpt_mlp);
    build_head(b, b->shape.loss_last ? T - 1 : -1, 0);
}

const arch_row_t arch_gpt = {.name = "gpt",
                             .doc = "GPT-2-style causal decoder",
                             .default_ffn = default_ffn,
                             .kind = TASK_TOKENS,
                             .length = length,
                             .build = build};
