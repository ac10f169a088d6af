/* GPT-2-style decoder: token and learned position embeddings, L blocks of causal self-attention and
 * a GELU MLP, output matrix without bias (Radford et al. 2019). */
#include "model/gpt.h"

#define OPTIONS struct gpt_options
static const field_t fields[] = {
    INT_FIELD("model.mlp_ratio", mlp_ratio, .min = 1, .max = 16, .fallback = "4",
              .doc = "hidden width of the MLP over model.width", .needs = "model.arch=gpt|vit",
              .off_with = "model.ffn"),
};
const field_set_t gpt_fields = FIELD_SET("GPT-2's blocks", fields);

static int length(const task_shape_t *shape) { return shape->seq_len; }

int64_t gpt_default_ffn(const model_options_t *o) {
    const struct gpt_options *own = o->own;
    return own->mlp_ratio * o->width;
}

const sublayer_t *const *gpt_block(const model_options_t *options, int layer) {
    static const sublayer_t *const both[] = {&build_gpt_attention, &build_gpt_mlp, NULL};
    (void)options, (void)layer;
    return both;
}

static void build(build_t *b) {
    tensor_t tokens = build_table(b, "tok_emb", b->shape.vocab);
    tensor_t positions = build_table(b, "pos_emb", b->length);
    build_blocks(b, build_embedding(b, tokens, positions));
    build_token_head(b);
}

const arch_row_t arch_gpt = {.name = "gpt",
                             .doc = "GPT-2-style causal decoder",
                             .kind = TASK_TOKENS,
                             .options = &gpt_fields,
                             .options_size = sizeof(struct gpt_options),
                             .length = length,
                             .default_ffn = gpt_default_ffn,
                             .block = gpt_block,
                             .build = build};
