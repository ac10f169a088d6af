/* Vision transformer: linear patch embedding, class token, learned positions, L blocks of full
 * self-attention and a GELU MLP, classifier on the class token (Dosovitskiy et al. 2021). */
#include "model/gpt.h"

static int patches(const task_shape_t *shape) {
    int side = shape->image / shape->patch;
    return side * side;
}

static int length(const task_shape_t *shape) { return patches(shape) + 1; }

static void build(build_t *b) {
    long d = b->options->width, pixels = 3L * b->shape.patch * b->shape.patch;
    init_t normal = {.std = b->options->embed_std};
    parameter_facts_t projection = {.mup = MUP_INPUT, .init = normal}; /* of constant size */
    b->input = graph_input(b->graph, (long)b->batch * patches(&b->shape), pixels);
    tensor_t patch = build_linear_as(b, "patch_emb", b->input, pixels, d, projection, 1);
    tensor_t class_token = build_table(b, "cls", 1);
    tensor_t positions = gpt_positions(b, b->length);
    tensor_t h = graph_apply(b->graph, &op_class_token, (tensor_t[]){patch, class_token, positions},
                             NO_TENSOR, NULL, 0);
    build_blocks(b, h);
    build_head(b, 0, 1);
}

const arch_row_t arch_vit = {.name = "vit",
                             .doc = "vision transformer with class token",
                             .kind = TASK_IMAGES,
                             .options = {{&gpt_fields, sizeof(struct gpt_options)}},
                             .length = length,
                             .default_ffn = gpt_default_ffn,
                             .block = gpt_block,
                             .build = build};
