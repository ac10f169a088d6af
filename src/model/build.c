#include "model/build.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "kernel/add.h"
#include "kernel/attention.h"
#include "kernel/cross_entropy.h"
#include "kernel/head_norm.h"
#include "kernel/norm.h"
#include "kernel/rope.h"
#include "kernel/select.h"
#include "kernel/softcap.h"
#include "model/norm.h"

tensor_t build_parameter(build_t *b, const char *name, long rows, long cols, init_t init) {
    char full[2 * BUILD_NAME_MAX];
    snprintf(full, sizeof full, "%s%s", b->scope, name);
    long count = graph_parameter_count(b->graph);
    b->inits = memory_grow(b->inits, (size_t)(count + 1), sizeof *b->inits, "a model");
    b->inits[count] = init;
    return graph_parameter(b->graph, full, rows, cols);
}

static tensor_t linear(build_t *b, const char *name, tensor_t x, long in, long out, init_t init,
                       int has_bias) {
    char part[BUILD_NAME_MAX];
    snprintf(part, sizeof part, "%s.weight", name);
    tensor_t weight = build_parameter(b, part, out, in, init), bias = NO_TENSOR;
    snprintf(part, sizeof part, "%s.bias", name);
    if (has_bias) bias = build_parameter(b, part, 1, out, (init_t){0});
    return graph_apply(b->graph, &op_linear, (tensor_t[]){x, weight, bias}, NO_TENSOR, NULL, 0);
}

tensor_t build_linear(build_t *b, const char *name, tensor_t x, long in, long out, double std,
                      int has_bias) {
    return linear(b, name, x, in, out, (init_t){.std = std}, has_bias);
}

static double norm_gain(const build_t *b) {
    return b->norm->gain ? b->norm->gain((int)b->options->layers) : 1;
}

tensor_t build_qkv(build_t *b, tensor_t x, long kv_heads, int has_bias) {
    const model_options_t *o = b->options;
    long size = o->width / o->heads, values = kv_heads * size;
    init_t init = {.std = o->init_std, .tail = values, .tail_gain = norm_gain(b)};
    return linear(b, "attn.qkv", x, o->width, o->width + 2 * values, init, has_bias);
}

static const struct norm_options norm_epsilon = {.epsilon = (flt)1e-5};

tensor_t build_layer_norm(build_t *b, const char *name, tensor_t x, long width) {
    char part[BUILD_NAME_MAX];
    snprintf(part, sizeof part, "%s.gain", name);
    tensor_t gain = build_parameter(b, part, 1, width, (init_t){.mean = 1});
    snprintf(part, sizeof part, "%s.bias", name);
    tensor_t bias = build_parameter(b, part, 1, width, (init_t){0});
    return graph_apply(b->graph, &op_layer_norm, (tensor_t[]){x, gain, bias}, NO_TENSOR,
                       &norm_epsilon, sizeof norm_epsilon);
}

tensor_t build_rms_norm(build_t *b, const char *name, tensor_t x, long width) {
    char part[BUILD_NAME_MAX];
    snprintf(part, sizeof part, "%s.gain", name);
    tensor_t gain = build_parameter(b, part, 1, width, (init_t){.mean = 1});
    return graph_apply(b->graph, &op_rms_norm, (tensor_t[]){x, gain}, NO_TENSOR, &norm_epsilon,
                       sizeof norm_epsilon);
}

tensor_t build_add(build_t *b, double alpha, tensor_t x, tensor_t y) {
    struct add_options options = {.alpha = (flt)alpha};
    return graph_apply(b->graph, &op_add, (tensor_t[]){x, y}, NO_TENSOR, &options, sizeof options);
}

static tensor_t gelu(build_t *b, tensor_t x) {
    return graph_apply(b->graph, &op_gelu, &x, NO_TENSOR, NULL, 0);
}

double build_inner_std(const build_t *b) { return b->options->init_std * norm_gain(b); }

static double output_std(const build_t *b) {
    double depth = b->options->residual_init ? sqrt(2.0 * (double)b->options->layers) : 1;
    return build_inner_std(b) / depth;
}

tensor_t build_output(build_t *b, const char *name, tensor_t x, long in, int has_bias) {
    long weight = graph_parameter_count(b->graph);
    tensor_t y = build_linear(b, name, x, in, b->options->width, output_std(b), has_bias);
    b->inits[weight].is_output = 1;
    return y;
}

static tensor_t head_norm(build_t *b, tensor_t qkv, long kv_heads, long head_size) {
    init_t ones = {.mean = 1};
    struct head_norm_options options = {.query_heads = b->options->heads,
                                        .key_heads = kv_heads,
                                        .head_size = head_size,
                                        .epsilon = norm_epsilon.epsilon};
    tensor_t q_gain = build_parameter(b, "attn.q_norm.gain", 1, head_size, ones);
    tensor_t k_gain = build_parameter(b, "attn.k_norm.gain", 1, head_size, ones);
    return graph_apply(b->graph, &op_head_norm, (tensor_t[]){qkv, q_gain, k_gain}, NO_TENSOR,
                       &options, sizeof options);
}

enum { AUTO, STORED, RECOMPUTED };
static const char *const attention_names[] = {
    [AUTO] = "auto", [STORED] = "stored", [RECOMPUTED] = "recomputed", NULL};
const char *const *build_attention_names(void) { return attention_names; }

static int recomputes_attention(const build_t *b) {
    enum { RECOMPUTED_FROM = 512 };
    const char *choice = b->options->attention;
    if (strcmp(choice, attention_names[STORED]) == 0) return 0;
    return strcmp(choice, attention_names[RECOMPUTED]) == 0 || b->length >= RECOMPUTED_FROM;
}

tensor_t build_attention(build_t *b, tensor_t qkv, long kv_heads, double rope_base) {
    const model_options_t *o = b->options;
    long s = o->width / o->heads;
    struct rope_options rope = {
        .length = b->length, .heads = o->heads + kv_heads, .head_size = s, .base = rope_base};
    struct attention_options options = {.length = b->length,
                                        .heads = o->heads,
                                        .kv_heads = kv_heads,
                                        .head_size = s,
                                        .causal = b->shape.kind == TASK_TOKENS,
                                        .softcap = (flt)o->attention_softcap,
                                        .recomputes = recomputes_attention(b)};
    tensor_t x = o->qk_norm ? head_norm(b, qkv, kv_heads, s) : qkv;
    if (rope_base > 0) x = graph_apply(b->graph, &op_rope, &x, NO_TENSOR, &rope, sizeof rope);
    return graph_apply(b->graph, &op_attention, &x, NO_TENSOR, &options, sizeof options);
}

static tensor_t self_attention(build_t *b, tensor_t x, inner_norm_t *inner) {
    const model_options_t *o = b->options;
    tensor_t y = build_attention(b, build_qkv(b, x, o->heads, 1), o->heads, 0);
    if (inner) y = inner(b, "attn.sub", y, o->width);
    return build_output(b, "attn.out", y, o->width, 1);
}

static tensor_t gelu_mlp(build_t *b, tensor_t x, inner_norm_t *inner) {
    long d = b->options->width, hidden = b->options->ffn;
    tensor_t up = build_linear(b, "mlp.up", x, d, hidden, build_inner_std(b), 1);
    tensor_t y = gelu(b, up);
    if (inner) y = inner(b, "mlp.sub", y, hidden);
    return build_output(b, "mlp.down", y, hidden, 1);
}

const sublayer_t build_gpt_attention = {"norm1", self_attention};
const sublayer_t build_gpt_mlp = {"norm2", gelu_mlp};

void build_blocks(build_t *b, tensor_t h, const sublayer_t *attention, const sublayer_t *mlp) {
    b->hidden[0] = h;
    for (int l = 0; l < b->options->layers; l++) {
        snprintf(b->scope, sizeof b->scope, "block.%d.", l);
        h = b->norm->wrap(b, h, attention);
        h = b->norm->wrap(b, h, mlp);
        b->hidden[l + 1] = h;
    }
    b->scope[0] = '\0';
}

void build_head(build_t *b, long position, int has_bias) {
    long d = b->options->width, vocab = b->shape.vocab, rows = b->batch;
    tensor_t h = b->hidden[b->options->layers];
    struct select_options select = {.period = b->length, .position = position};
    if (position >= 0)
        h = graph_apply(b->graph, &op_select, &h, NO_TENSOR, &select, sizeof select);
    else
        rows *= b->length;
    if (b->norm->final) h = b->norm->final(b, "final_norm", h, d);
    if (b->options->tied_head) {
        tensor_t table =
            0; /* tok_emb is the first tensor of a text model: checked by model_create */
        b->logits = graph_apply(b->graph, &op_linear, (tensor_t[]){h, table, NO_TENSOR}, NO_TENSOR,
                                NULL, 0);
    } else {
        b->logits = build_linear(b, "head", h, d, vocab, b->options->init_std, has_bias);
    }
    struct softcap_options cap = {.cap = (flt)b->options->logit_softcap};
    if (cap.cap > 0)
        b->logits = graph_apply(b->graph, &op_softcap, &b->logits, NO_TENSOR, &cap, sizeof cap);
    b->targets = graph_index(b->graph, rows);
    struct cross_entropy_options loss = {.weight = (flt)1 / (flt)rows};
    graph_apply(b->graph, &op_cross_entropy, &b->logits, b->targets, &loss, sizeof loss);
}
