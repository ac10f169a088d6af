/* Mamba (Gu & Dao 2023): blocks of one sub-layer, a selective state space between two gated
 * projections; no MLP, no positions. With model.norm rms_norm it is Mamba-1. A layer may be
 * attention instead, without biases and positions as in Jamba (Lieber et al. 2024).
 *
 *   [u | z] = x in_proj^T,  u <- silu(conv(u)),  [r | B | C] = u x_proj^T
 *   dt = softplus(r dt_proj^T + b),  y = scan(u, dt, A, B, C) + D u   (selective_scan.h)
 *   mixer(x) = (y * silu(z)) out_proj^T
 *
 * di = expand d channels, N states each, A = -exp(A_log). */
#include "model/mamba.h"

#include <math.h>
#include <string.h>

#include "kernel/causal_conv.h"
#include "kernel/selective_scan.h"
#include "kernel/slice.h"

static const char published[] = "published";
static const char *const *init_names(void) {
    static const char *const names[] = {published, "std", NULL};
    return names;
}

#define OPTIONS struct mamba_options
static const field_t fields[] = {
    INT_FIELD("model.expand", expand, .min = 1, .max = 16, .fallback = "2",
              .doc = "channels of Mamba's state space over model.width",
              .needs = "model.arch=mamba"),
    INT_FIELD("model.states", states, .min = 1, .max = 256, .fallback = "16",
              .doc = "states of every channel", .needs = "model.arch=mamba"),
    INT_FIELD("model.taps", taps, .min = 1, .max = 64, .fallback = "4",
              .doc = "positions that Mamba's convolution sees, the present included",
              .needs = "model.arch=mamba"),
    INT_FIELD("model.dt_rank", rank, .min = 0, .max = 4096, .fallback = "0",
              .doc = "rank of Mamba's step sizes; 0 = model.width / 16, rounded up",
              .needs = "model.arch=mamba"),
    INT_FIELD("model.attention_every", attention_every, .min = 0, .max = 512, .fallback = "0",
              .doc = "of so many layers of Mamba the last one is attention; 0 = none is",
              .needs = "model.arch=mamba"),
    CHOICE_FIELD("model.mamba_init", init, .fallback = "published", .choices = init_names,
                 .doc = "Mamba's matrices start as published, uniform by their columns, or "
                        "N(0, init_std^2) as those of others",
                 .needs = "model.arch=mamba"),
};
const field_set_t mamba_fields = FIELD_SET("mamba", fields);

static const struct mamba_options *own_of(const build_t *b) {
    return arch_own(b->options, &mamba_fields);
}

static long channels_of(const build_t *b) { return own_of(b)->expand * b->options->width; }
static long rank_of(const build_t *b) {
    long rank = own_of(b)->rank;
    return rank ? rank : (b->options->width + 15) / 16;
}

/* --- how parameters start --- */

/* As wide as its standard deviation says. */
static void draw_uniform(const init_t *init, long rows, long cols, rng_t *rng, flt *x) {
    double bound = sqrt(3) * init->std;
    for (long i = 0; i < rows * cols; i++) x[i] = (flt)(bound * (2 * rng_uniform(rng) - 1));
}

/* b with softplus(b) = dt, log dt uniform on log .001 .. log .1. */
static void draw_steps(const init_t *init, long rows, long cols, rng_t *rng, flt *x) {
    const double low = log(0.001), high = log(0.1);
    (void)init;
    for (long i = 0; i < rows * cols; i++) {
        double dt = fmax(exp(low + (high - low) * rng_uniform(rng)), 1e-4);
        x[i] = (flt)(dt + log(-expm1(-dt)));
    }
}

/* A = -1, -2, .. -N in every channel (S4D-real). */
static void draw_decays(const init_t *init, long rows, long cols, rng_t *rng, flt *x) {
    (void)init, (void)rng;
    for (long i = 0; i < rows * cols; i++) x[i] = (flt)log((double)(i % cols + 1));
}

/* Uniform on +-1/sqrt(fan_in), times `factor`; `std` where the options say so. */
static init_t init_of(const build_t *b, long fan_in, double factor, double std) {
    if (strcmp(own_of(b)->init, published) != 0) return (init_t){.std = std};
    return (init_t){.draw = draw_uniform, .std = factor / sqrt(3 * (double)fan_in)};
}

/* --- the mixer --- */

/* How a state space follows the width is not muP's (Vankadara et al. 2024): what makes or weighs
 * states has no row in its table, so that training by muP is refused. */
static parameter_facts_t facts_of(parameter_kind_t kind, init_t init) {
    return (parameter_facts_t){.kind = kind, .mup = MUP_UNKNOWN, .init = init};
}

static tensor_t matrix(build_t *b, const char *name, tensor_t x, long in, long out) {
    init_t init = init_of(b, in, 1, build_inner_std(b));
    return build_linear_as(b, name, x, in, out, facts_of(PARAMETER_MATRIX, init), 0);
}

static tensor_t columns(build_t *b, tensor_t x, long first, long count) {
    struct slice_options options = {.first = first, .count = count};
    return graph_apply(b->graph, &op_slice, &x, NO_TENSOR, &options, sizeof options);
}

/* silu(conv(u)) */
static tensor_t convolved(build_t *b, tensor_t u) {
    long channels = channels_of(b), taps = own_of(b)->taps;
    struct causal_conv_options options = {.length = b->length};
    const init_t init = {.draw = draw_uniform, .std = 1 / sqrt(3 * (double)taps)};
    tensor_t weight =
        build_parameter(b, "conv.weight", channels, taps, facts_of(PARAMETER_OTHER, init));
    tensor_t bias = build_parameter(b, "conv.bias", 1, channels, facts_of(PARAMETER_BIAS, init));
    tensor_t y = graph_apply(b->graph, &op_causal_conv, (tensor_t[]){u, weight, bias}, NO_TENSOR,
                             &options, sizeof options);
    return graph_apply(b->graph, &op_silu, &y, NO_TENSOR, NULL, 0);
}

/* dt [n, di] of r, the first columns of x_proj's. */
static tensor_t step_sizes(build_t *b, tensor_t rbc) {
    long channels = channels_of(b), rank = rank_of(b);
    const init_t init = init_of(b, rank, 1, build_inner_std(b)), steps = {.draw = draw_steps};
    tensor_t r = columns(b, rbc, 0, rank);
    tensor_t weight =
        build_parameter(b, "dt_proj.weight", channels, rank, facts_of(PARAMETER_MATRIX, init));
    tensor_t bias =
        build_parameter(b, "dt_proj.bias", 1, channels, facts_of(PARAMETER_BIAS, steps));
    tensor_t x =
        graph_apply(b->graph, &op_linear, (tensor_t[]){r, weight, bias}, NO_TENSOR, NULL, 0);
    return graph_apply(b->graph, &op_softplus, &x, NO_TENSOR, NULL, 0);
}

/* What is watched: the largest exp(dt A), the sum of every channel's, and their number. */
static long decay_size(const matrix_t *seen) { return (void)seen, 3; }

static void look_at_decays(const matrix_t *seen, flt *kept) {
    const flt *largest = seen->at.v;
    double sum = 0;
    kept[0] = largest[0];
    for (long i = 0; i < seen->rows * seen->cols; i++) {
        sum += (double)largest[i];
        if (!(largest[i] <= kept[0])) kept[0] = largest[i];
    }
    kept[1] = (flt)sum;
    kept[2] = (flt)(seen->rows * seen->cols);
}

static void add_decays(flt *kept, const flt *more, long size) {
    (void)size;
    if (!(more[0] <= kept[0])) kept[0] = more[0];
    kept[1] += more[1], kept[2] += more[2];
}

static void number_decays(const flt *kept, long size, double *numbers) {
    (void)size;
    numbers[0] = (double)kept[0];
    numbers[1] = (double)kept[1] / (double)kept[2];
}

static const watch_t decays = {.names = {"decay_radius", "decay_radius_mean", NULL},
                               .size = decay_size,
                               .look = look_at_decays,
                               .add = add_decays,
                               .number = number_decays};

static tensor_t scanned(build_t *b, tensor_t u) {
    long channels = channels_of(b), states = own_of(b)->states;
    struct selective_scan_options options = {.length = b->length};
    parameter_facts_t decay = facts_of(PARAMETER_OTHER, (init_t){.draw = draw_decays});
    parameter_facts_t skip = facts_of(PARAMETER_GAIN, (init_t){.mean = 1});
    decay.never_decays = skip.never_decays = 1;
    tensor_t rbc = matrix(b, "x_proj", u, channels, rank_of(b) + 2 * states);
    tensor_t dt = step_sizes(b, rbc);
    tensor_t a_log = build_parameter(b, "A_log", channels, states, decay);
    tensor_t d = build_parameter(b, "D", 1, channels, skip);
    tensor_t y = graph_apply(b->graph, &op_selective_scan, (tensor_t[]){u, dt, rbc, a_log, d},
                             NO_TENSOR, &options, sizeof options);
    tensor_t largest = graph_side_output(b->graph, y, 2);
    build_watch(b, &decays, 1, &largest);
    return y;
}

static tensor_t mixer(build_t *b, tensor_t x, inner_norm_t *inner) {
    long width = b->options->width, channels = channels_of(b);
    double depth = sqrt((double)b->options->layers); /* one residual branch a block */
    parameter_facts_t out =
        facts_of(PARAMETER_MATRIX, init_of(b, channels, 1 / depth, build_output_std(b)));
    out.is_output = 1;
    tensor_t uz = matrix(b, "in_proj", x, width, 2 * channels);
    tensor_t z = columns(b, uz, channels, channels);
    tensor_t y = scanned(b, convolved(b, columns(b, uz, 0, channels)));
    y = graph_apply(b->graph, &op_gate, (tensor_t[]){y, z}, NO_TENSOR, NULL, 0);
    if (inner) y = inner(b, "sub", y, channels);
    return build_dropout(b, build_linear_as(b, "out_proj", y, channels, width, out, 0));
}

/* --- the architecture --- */

static tensor_t attention(build_t *b, tensor_t x, inner_norm_t *inner) {
    const model_options_t *o = b->options;
    tensor_t y = build_attention(b, build_qkv(b, x, o->heads, 0), o->heads, 0);
    if (inner) y = inner(b, "attn.sub", y, o->width);
    return build_output(b, "attn.out", y, o->width, 0);
}

static int length(const task_shape_t *shape) { return shape->seq_len; }

static const sublayer_t *const *block(const model_options_t *o, int layer) {
    static const sublayer_t state_space = {.apply = mixer},
                            heads = {.apply = attention, .check = build_check_heads};
    static const sublayer_t *const lists[2][2] = {{&state_space}, {&heads}};
    const struct mamba_options *own = arch_own(o, &mamba_fields);
    int is_attention = own->attention_every && (layer + 1) % own->attention_every == 0;
    return lists[is_attention];
}

static void build(build_t *b) {
    tensor_t tokens = build_table(b, "tok_emb", b->shape.vocab);
    build_blocks(b, build_embedding(b, tokens, NO_TENSOR));
    build_token_head(b);
}

const arch_row_t arch_mamba = {.name = "mamba",
                               .doc = "Mamba: selective state spaces, no positions",
                               .kind = TASK_TOKENS,
                               .options = {{&mamba_fields, sizeof(struct mamba_options)}},
                               .length = length,
                               .is_watched = 1,
                               .block = block,
                               .build = build};
