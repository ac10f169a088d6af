#include "model/build.h"

#include <assert.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "kernel/add.h"
#include "kernel/attention.h"
#include "kernel/cross_entropy.h"
#include "kernel/dropout.h"
#include "kernel/embed.h"
#include "kernel/head_norm.h"
#include "kernel/norm.h"
#include "kernel/rope.h"
#include "kernel/select.h"
#include "kernel/softcap.h"
#include "kernel/z_loss.h"
#include "model/arch.h"
#include "model/norm.h"

tensor_t build_parameter(build_t *b, const char *name, long rows, long cols,
                         parameter_facts_t facts) {
    char full[2 * BUILD_NAME_MAX];
    snprintf(full, sizeof full, "%s%s", b->scope, name);
    facts.block = b->block;
    return graph_parameter(b->graph, full, rows, cols, &facts);
}

tensor_t build_table(build_t *b, const char *name, long rows) {
    parameter_facts_t facts = {
        .kind = PARAMETER_TABLE, .mup = MUP_INPUT, .init = {.std = b->options->embed_std}};
    return build_parameter(b, name, rows, b->options->width, facts);
}

tensor_t build_embedding(build_t *b, tensor_t table, tensor_t positions) {
    struct embed_options options = {.period = b->length};
    b->table = table;
    b->input = graph_index(b->graph, (long)b->batch * b->length);
    return graph_apply(b->graph, &op_embed, (tensor_t[]){table, positions}, b->input, &options,
                       sizeof options);
}

/* A bias of what the output matrix makes has nothing to do with the width. */
static tensor_t bias_of(build_t *b, const char *name, long out, const parameter_facts_t *weight) {
    char full[BUILD_NAME_MAX];
    parameter_facts_t facts = {.kind = PARAMETER_BIAS,
                               .mup = weight->mup == MUP_OUTPUT ? MUP_FIXED : MUP_INPUT};
    memcpy(facts.parts, weight->parts, sizeof facts.parts);
    snprintf(full, sizeof full, "%s.bias", name);
    return build_parameter(b, full, 1, out, facts);
}

tensor_t build_linear_as(build_t *b, const char *name, tensor_t x, long in, long out,
                         parameter_facts_t facts, int has_bias) {
    char full[BUILD_NAME_MAX];
    facts.kind = PARAMETER_MATRIX;
    snprintf(full, sizeof full, "%s.weight", name);
    tensor_t weight = build_parameter(b, full, out, in, facts);
    tensor_t bias = has_bias ? bias_of(b, name, out, &facts) : NO_TENSOR;
    return graph_apply(b->graph, &op_linear, (tensor_t[]){x, weight, bias}, NO_TENSOR, NULL, 0);
}

tensor_t build_linear(build_t *b, const char *name, tensor_t x, long in, long out, double std,
                      int has_bias) {
    parameter_facts_t facts = {.mup = MUP_HIDDEN, .init = {.std = std}};
    return build_linear_as(b, name, x, in, out, facts, has_bias);
}

static double norm_gain(const build_t *b) {
    return b->norm->gain ? b->norm->gain((int)b->options->layers) : 1;
}

tensor_t build_qkv(build_t *b, tensor_t x, long kv_heads, int has_bias) {
    const model_options_t *o = b->options;
    long size = o->width / o->heads, values = kv_heads * size;
    parameter_facts_t facts = {
        .mup = MUP_HIDDEN,
        .parts = {{ROLE_QUERY, o->width}, {ROLE_KEY, values}, {ROLE_VALUE, values}},
        .init = {.std = o->init_std, .tail = values, .tail_gain = norm_gain(b)},
    };
    return build_linear_as(b, "attn.qkv", x, o->width, o->width + 2 * values, facts, has_bias);
}

tensor_t build_gain(build_t *b, const char *name, long width) {
    char full[BUILD_NAME_MAX];
    parameter_facts_t facts = {.kind = PARAMETER_GAIN, .mup = MUP_INPUT, .init = {.mean = 1}};
    snprintf(full, sizeof full, "%s.gain", name);
    return build_parameter(b, full, 1, width, facts);
}

static struct norm_options norm_options(const build_t *b) {
    return (struct norm_options){.epsilon = (flt)b->options->norm_epsilon};
}

tensor_t build_layer_norm(build_t *b, const char *name, tensor_t x, long width) {
    struct norm_options options = norm_options(b);
    tensor_t gain = build_gain(b, name, width);
    tensor_t bias = bias_of(b, name, width, &(const parameter_facts_t){.mup = MUP_INPUT});
    return graph_apply(b->graph, &op_layer_norm, (tensor_t[]){x, gain, bias}, NO_TENSOR, &options,
                       sizeof options);
}

tensor_t build_rms_norm(build_t *b, const char *name, tensor_t x, long width) {
    struct norm_options options = norm_options(b);
    tensor_t gain = build_gain(b, name, width);
    return graph_apply(b->graph, &op_rms_norm, (tensor_t[]){x, gain}, NO_TENSOR, &options,
                       sizeof options);
}

tensor_t build_add(build_t *b, double alpha, tensor_t x, tensor_t y) {
    struct add_options options = {.alpha = (flt)alpha};
    return graph_apply(b->graph, &op_add, (tensor_t[]){x, y}, NO_TENSOR, &options, sizeof options);
}

tensor_t build_dropout(build_t *b, tensor_t x) {
    struct dropout_options options = {.rate = (flt)b->options->dropout};
    if (!(options.rate > 0)) return x;
    return graph_apply(b->graph, &op_dropout, &x, NO_TENSOR, &options, sizeof options);
}

void build_term(build_t *b, const char *series, const op_t *op, const tensor_t *inputs,
                const void *options, size_t size) {
    int k = 0;
    while (k < b->series_count && strcmp(b->series[k], series) != 0) k++;
    assert(k < LOSS_TERMS && b->term_count < TERMS_MAX);
    if (k == b->series_count) b->series[b->series_count++] = series;
    b->series_of[b->term_count++] = (unsigned char)k;
    graph_apply(b->graph, op, inputs, NO_TENSOR, options, size);
}

void build_watch(build_t *b, const watch_t *row, int count, const tensor_t *seen) {
    assert(b->watched_count < LAYERS_MAX && count <= WATCH_TENSORS);
    watched_t *w = &b->watched[b->watched_count++];
    *w = (watched_t){.row = row, .block = b->block};
    for (int k = 0; k < WATCH_TENSORS; k++) w->seen[k] = k < count ? seen[k] : NO_TENSOR;
}

tensor_t build_exchange(build_t *b, tensor_t counts, long n) {
    assert(b->exchanged_count < LAYERS_MAX);
    tensor_t elsewhere = graph_input(b->graph, 1, n);
    b->exchanged[b->exchanged_count++] = (exchanged_t){counts, elsewhere};
    return elsewhere;
}

static tensor_t gelu(build_t *b, tensor_t x) {
    return graph_apply(b->graph, &op_gelu, &x, NO_TENSOR, NULL, 0);
}

double build_inner_std(const build_t *b) { return b->options->init_std * norm_gain(b); }

double build_output_std(const build_t *b) {
    double depth = b->options->residual_init ? sqrt(2.0 * (double)b->options->layers) : 1;
    return build_inner_std(b) / depth;
}

tensor_t build_output(build_t *b, const char *name, tensor_t x, long in, int has_bias) {
    parameter_facts_t facts = {
        .mup = MUP_HIDDEN, .is_output = 1, .init = {.std = build_output_std(b)}};
    return build_dropout(b, build_linear_as(b, name, x, in, b->options->width, facts, has_bias));
}

static tensor_t head_norm(build_t *b, tensor_t qkv, long kv_heads, long head_size) {
    struct head_norm_options options = {.query_heads = b->options->heads,
                                        .key_heads = kv_heads,
                                        .head_size = head_size,
                                        .epsilon = (flt)b->options->norm_epsilon};
    tensor_t q_gain = build_gain(b, "attn.q_norm", head_size);
    tensor_t k_gain = build_gain(b, "attn.k_norm", head_size);
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

status_t build_check_heads(const model_options_t *o) {
    CHECK(o->heads > 0 && o->width % o->heads == 0, STATUS_SPEC,
          "model.heads: %ld does not divide model.width %ld; use a divisor", (long)o->heads,
          (long)o->width);
    return STATUS_OK;
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

const sublayer_t build_gpt_attention = {.apply = self_attention, .check = build_check_heads};
const sublayer_t build_gpt_mlp = {.apply = gelu_mlp};

static tensor_t build_block(build_t *b, tensor_t h, const sublayer_t *const *list) {
    for (int k = 0; list[k]; k++) {
        char name[16] = "norm";
        if (list[1]) snprintf(name, sizeof name, "norm%d", k + 1);
        sublayer_t f = *list[k];
        f.norm_name = name;
        h = b->norm->wrap(b, h, &f);
    }
    return h;
}

void build_blocks(build_t *b, tensor_t h) {
    b->hidden[0] = h = build_dropout(b, h);
    for (b->block = 0; b->block < b->options->layers; b->block++) {
        snprintf(b->scope, sizeof b->scope, "block.%d.", b->block);
        h = build_block(b, h, b->arch->block(b->options, b->block));
        b->hidden[b->block + 1] = h;
    }
    b->block = NO_BLOCK;
    b->scope[0] = '\0';
}

/* log^2 Z of the logits as the loss sees them. It comes before the loss, which overwrites them. */
static void z_loss(build_t *b) {
    struct z_loss_options options = {.coefficient = (flt)b->options->z_loss};
    if (options.coefficient > 0)
        build_term(b, "z_loss", &op_z_loss, &b->logits, &options, sizeof options);
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
    parameter_facts_t facts = {.mup = MUP_OUTPUT, .init = {.std = b->options->init_std}};
    if (b->options->tied_head)
        b->logits = graph_apply(b->graph, &op_linear, (tensor_t[]){h, b->table, NO_TENSOR},
                                NO_TENSOR, NULL, 0);
    else
        b->logits = build_linear_as(b, "head", h, d, vocab, facts, has_bias);
    struct softcap_options cap = {.cap = (flt)b->options->logit_softcap};
    if (cap.cap > 0)
        b->logits = graph_apply(b->graph, &op_softcap, &b->logits, NO_TENSOR, &cap, sizeof cap);
    z_loss(b);
    b->targets = graph_index(b->graph, rows);
    struct cross_entropy_options loss = {.weight = (flt)1 / (flt)rows};
    graph_apply(b->graph, &op_cross_entropy, &b->logits, b->targets, &loss, sizeof loss);
}

void build_token_head(build_t *b) { build_head(b, b->shape.loss_last ? b->length - 1 : -1, 0); }
