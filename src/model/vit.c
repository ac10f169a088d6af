/* Vision transformer: linear patch embedding, class token, learned positions, L blocks of full
 * self-attention and a GELU MLP, classifier on the class token (Dosovitskiy et al. 2021). */
#include "model/arch.h"

static int patches(const task_shape_t *shape) {
    int side = shape->image / shape->patch;
    return side * side;
}

static int length(const task_shape_t *shape) { return patches(shape) + 1; }

static int64_t default_ffn(const model_options_t *o) { return o->mlp_ratio * o->width; }

static void build(build_t *b) {
    long d = b->options->width, pixels = 3L * b->shape.patch * b->shape.patch;
    init_t normal = {.std = b->options->embed_std};
    b->input = graph_input(b->graph, (long)b->batch * patches(&b->shape), pixels);
    tensor_t patch = build_linear(b, "patch_emb", b->input, pixels, d, b->options->embed_std, 1);
    tensor_t class_token = build_parameter(b, "cls", 1, d, normal);
    tensor_t positions = build_parameter(b, "pos_emb", b->length, d, normal);
    tensor_t h = graph_apply(b->graph, &op_class_token, (tensor_t[]){patch, class_token, positions},
                             NO_TENSOR, NULL, 0);
    build_blocks(b, h, &build_gpt_attention, &build_gpt_mlp);
    build_head(b, 0, 1);
}

const arch_row_t arch_vit = {.name = "vit",
                             .doc = "vision transformer with class token",
                             .default_ffn = default_ffn,
                             .kind = TASK_IMAGES,
                             .length = length,
                             .build = build};
