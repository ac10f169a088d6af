/* GPT-2's decoder with two Kolmogorov-Arnold layers d -> w -> d in the place of the MLP (Liu et al.
 * 2024): a learned function on every edge, nothing between the layers, no biases.
 *
 *   kan(x)[o] = sum over i of base[o,i] silu(x_i) + sum over g of spline[o,i,g] B_g(x_i)
 *
 * B_g: the B-splines of degree `order` on a fixed grid over -1 .. 1 (spline.h). Beyond its knots
 * all are exactly 0 and only silu acts. The separate factor on the splines of both public programs
 * is left out: it is redundant, and would be a flat direction of the Hessian. */
#include "model/kan.h"

#include <stdio.h>

#include "kernel/spline.h"

#define OPTIONS struct kan_options
static const field_t fields[] = {
    INT_FIELD("model.kan_hidden", hidden, .min = 0, .max = 65536, .fallback = "0",
              .doc = "width between the two layers of a KAN; 0 = model.width / 2",
              .needs = "model.arch=kan"),
    INT_FIELD("model.kan_grid", grid, .min = 1, .max = 256, .fallback = "5",
              .doc = "intervals of the splines' grid on -1 .. 1", .needs = "model.arch=kan"),
    INT_FIELD("model.kan_order", order, .min = 1, .max = SPLINE_ORDER_MAX, .fallback = "3",
              .doc = "degree of the splines: 3 = cubic; H jumps at the knots below 3",
              .needs = "model.arch=kan"),
};
const field_set_t kan_fields = FIELD_SET("kan", fields);

static const struct kan_options *own_of(const build_t *b) {
    return arch_own(b->options, &kan_fields);
}

/* x W^T of what the layer makes of its input; `facts` but for kind and class. */
static tensor_t weighed(build_t *b, const char *layer, const char *part, tensor_t x, long in,
                        long out, parameter_facts_t facts) {
    char name[BUILD_NAME_MAX];
    facts.kind = PARAMETER_MATRIX, facts.mup = MUP_HIDDEN;
    snprintf(name, sizeof name, "%s.%s", layer, part);
    tensor_t weight = build_parameter(b, name, out, in, facts);
    return graph_apply(b->graph, &op_linear, (tensor_t[]){x, weight, NO_TENSOR}, NO_TENSOR, NULL,
                       0);
}

/* What is watched of both layers together: inputs beyond the grid, beyond the knots, all. */
enum { BEYOND_GRID, BEYOND_KNOTS, INPUTS, KEPT };
static long outside_size(const matrix_t *seen) { return (void)seen, KEPT; }

static void look_outside(const matrix_t *seen, flt *kept) {
    double sums[KEPT] = {0};
    for (int layer = 0; layer < 2; layer++)
        for (long i = 0; i < seen[layer].rows * KEPT; i++)
            sums[i % KEPT] += (double)seen[layer].at.v[i];
    for (int k = 0; k < KEPT; k++) kept[k] = (flt)sums[k];
}

static void add_outside(flt *kept, const flt *more, long size) {
    for (long k = 0; k < size; k++) kept[k] += more[k];
}

static void number_outside(const flt *kept, long size, double *numbers) {
    (void)size;
    numbers[0] = (double)kept[BEYOND_GRID] / (double)kept[INPUTS];
    numbers[1] = (double)kept[BEYOND_KNOTS] / (double)kept[INPUTS];
}

static const watch_t outside = {.names = {"beyond_grid", "beyond_knots", NULL},
                                .size = outside_size,
                                .look = look_outside,
                                .add = add_outside,
                                .number = number_outside};

/* `counts`: what its splines report. */
static tensor_t layer(build_t *b, const char *name, tensor_t x, long in, long out,
                      parameter_facts_t facts, tensor_t *counts) {
    const struct kan_options *own = own_of(b);
    struct spline_options options = {
        .intervals = own->grid, .order = own->order, .low = -1, .high = 1};
    tensor_t silu = graph_apply(b->graph, &op_silu, &x, NO_TENSOR, NULL, 0);
    tensor_t bases = graph_apply(b->graph, &op_spline, &x, NO_TENSOR, &options, sizeof options);
    *counts = graph_side_output(b->graph, bases, 1);
    tensor_t base = weighed(b, name, "base", silu, in, out, facts);
    long features = in * (own->grid + own->order);
    return build_add(b, 1, base, weighed(b, name, "spline", bases, features, out, facts));
}

static tensor_t two_layers(build_t *b, tensor_t x, inner_norm_t *inner) {
    long d = b->options->width, hidden = own_of(b)->hidden ? own_of(b)->hidden : (d + 1) / 2;
    const parameter_facts_t first = {.init = {.std = build_inner_std(b)}};
    const parameter_facts_t last = {.is_output = 1, .init = {.std = build_output_std(b)}};
    tensor_t counts[2];
    tensor_t y = layer(b, "kan.0", x, d, hidden, first, &counts[0]);
    if (inner) y = inner(b, "kan.sub", y, hidden);
    y = layer(b, "kan.1", y, hidden, d, last, &counts[1]);
    build_watch(b, &outside, 2, counts);
    return build_dropout(b, y);
}

static int length(const task_shape_t *shape) { return shape->seq_len; }

static const sublayer_t *const *block(const model_options_t *o, int l) {
    static const sublayer_t kan = {.apply = two_layers};
    static const sublayer_t *const both[] = {&build_gpt_attention, &kan, NULL};
    (void)o, (void)l;
    return both;
}

static void build(build_t *b) {
    tensor_t tokens = build_table(b, "tok_emb", b->shape.vocab);
    tensor_t positions = build_table(b, "pos_emb", b->length);
    build_blocks(b, build_embedding(b, tokens, positions));
    build_token_head(b);
}

const arch_row_t arch_kan = {.name = "kan",
                             .doc = "GPT-2-style decoder with Kolmogorov-Arnold layers for an MLP",
                             .kind = TASK_TOKENS,
                             .options = {{&kan_fields, sizeof(struct kan_options)}},
                             .length = length,
                             .is_watched = 1,
                             .block = block,
                             .build = build};
