/* network.h: random networks for tests of the graph: residual sums, tensors read by many operators,
 * parameters used twice, branches that lead nowhere, tensors kept for a probe. A network depends on
 * its seed alone, so the same one can be built in every mode. */
#ifndef TESTS_GRAPH_NETWORK_H
#define TESTS_GRAPH_NETWORK_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/rng.h"
#include "graph/graph.h"
#include "kernel/add.h"
#include "kernel/attention.h"
#include "kernel/balance.h"
#include "kernel/cross_entropy.h"
#include "kernel/dropout.h"
#include "kernel/embed.h"
#include "kernel/gemm.h"
#include "kernel/head_norm.h"
#include "kernel/norm.h"
#include "kernel/rope.h"
#include "kernel/route.h"
#include "kernel/select.h"
#include "kernel/softcap.h"
#include "kernel/z_loss.h"

enum { SAMPLES = 2, LENGTH = 4, ROWS = SAMPLES * LENGTH, WIDTH = 6, VOCABULARY = 5, PIXELS = 4 };
enum { POOL = 64, OPERATORS = 16 };

typedef struct network {
    graph_t *graph; /* owned */
    rng_t rng;
    tensor_t pool[POOL]; /* activations [ROWS, WIDTH] */
    int count;
    tensor_t weight, table; /* parameters that later operators use again */
    tensor_t tokens, pixels, targets, logits;
    tensor_t kept[POOL];
    int kept_count;
    int is_plain; /* 1: without the terms beside the task's loss */
} network_t;

static const struct norm_options epsilon = {.epsilon = (flt)1e-5};

static inline int chance(network_t *n, int one_in) {
    return rng_below(&n->rng, (uint32_t)one_in) == 0;
}

/* Any tensor so far, often one of the last. */
static inline int some(network_t *n) {
    int last = n->count < 3 ? n->count : 3;
    if (chance(n, 3)) return (int)rng_below(&n->rng, (uint32_t)n->count);
    return n->count - 1 - (int)rng_below(&n->rng, (uint32_t)last);
}

static inline tensor_t parameter(network_t *n, long rows, long cols) {
    char name[24];
    snprintf(name, sizeof name, "p%ld", graph_parameter_count(n->graph));
    return graph_parameter(n->graph, name, rows, cols, NULL);
}

static inline tensor_t apply(network_t *n, const op_t *op, const tensor_t *inputs,
                             const void *options, size_t size) {
    return graph_apply(n->graph, op, inputs, NO_TENSOR, options, size);
}

static inline tensor_t sum(network_t *n, double alpha, tensor_t x, tensor_t y) {
    struct add_options options = {.alpha = (flt)alpha};
    return apply(n, &op_add, (tensor_t[]){x, y}, &options, sizeof options);
}

static inline tensor_t linear(network_t *n, tensor_t x, tensor_t weight, long out) {
    tensor_t bias = chance(n, 2) ? parameter(n, 1, out) : NO_TENSOR;
    return apply(n, &op_linear, (tensor_t[]){x, weight, bias}, NULL, 0);
}

/* --- one more tensor for the pool --- */

static inline tensor_t make_gelu(network_t *n, tensor_t x) {
    return apply(n, &op_gelu, &x, NULL, 0);
}

static inline tensor_t make_layer_norm(network_t *n, tensor_t x) {
    tensor_t inputs[] = {x, parameter(n, 1, WIDTH), parameter(n, 1, WIDTH)};
    return apply(n, &op_layer_norm, inputs, &epsilon, sizeof epsilon);
}

static inline tensor_t make_rms_norm(network_t *n, tensor_t x) {
    tensor_t inputs[] = {x, parameter(n, 1, WIDTH)};
    return apply(n, &op_rms_norm, inputs, &epsilon, sizeof epsilon);
}

static inline tensor_t make_linear(network_t *n, tensor_t x) {
    return linear(n, x, chance(n, 2) ? n->weight : parameter(n, WIDTH, WIDTH), WIDTH);
}

static inline tensor_t make_attention(network_t *n, tensor_t x) {
    struct attention_options options = {
        .length = LENGTH, .heads = 2, .kv_heads = 1 + chance(n, 2), .head_size = 3};
    options.causal = chance(n, 2);
    options.recomputes = chance(n, 2);
    if (chance(n, 2)) options.softcap = 1;
    long cols = (options.heads + 2 * options.kv_heads) * options.head_size;
    tensor_t qkv = linear(n, x, parameter(n, cols, WIDTH), cols);
    return apply(n, &op_attention, &qkv, &options, sizeof options);
}

static inline tensor_t make_swiglu(network_t *n, tensor_t x) {
    tensor_t gate_up = linear(n, x, parameter(n, 2 * WIDTH, WIDTH), 2 * WIDTH);
    return apply(n, &op_swiglu, &gate_up, NULL, 0);
}

static inline tensor_t make_rope(network_t *n, tensor_t x) {
    struct rope_options options = {.length = LENGTH, .heads = 1, .head_size = 4, .base = 100};
    return apply(n, &op_rope, &x, &options, sizeof options);
}

static inline tensor_t make_head_norm(network_t *n, tensor_t x) {
    struct head_norm_options options = {1, 1, 2, epsilon.epsilon};
    tensor_t inputs[] = {x, parameter(n, 1, 2), parameter(n, 1, 2)};
    return apply(n, &op_head_norm, inputs, &options, sizeof options);
}

static inline tensor_t make_softcap(network_t *n, tensor_t x) {
    struct softcap_options options = {.cap = 2};
    return apply(n, &op_softcap, &x, &options, sizeof options);
}

static inline tensor_t make_dropout(network_t *n, tensor_t x) {
    struct dropout_options options = {.rate = (flt)0.25};
    return sum(n, 1, x, apply(n, &op_dropout, &x, &options, sizeof options));
}

/* A mixture: every row goes through 2 of 3 matrices, as a router says. */
static inline tensor_t make_experts(network_t *n, tensor_t x) {
    enum { EXPERTS = 3, ACTIVE = 2 };
    struct route_options options = {
        .active = ACTIVE, .renormalises = chance(n, 2), .capacity = chance(n, 2) ? 1 : 0};
    struct balance_options balance = {.coefficient = (flt)0.5};
    graph_t *g = n->graph;
    tensor_t logits = linear(n, x, parameter(n, EXPERTS, WIDTH), EXPERTS);
    tensor_t p = apply(n, &op_softmax, &logits, NULL, 0);
    tensor_t gates = apply(n, &op_route, (tensor_t[]){p, logits}, &options, sizeof options);
    tensor_t order = graph_side_output(g, gates, ROUTE_ORDER);
    tensor_t slots = graph_side_output(g, gates, ROUTE_SLOTS);
    tensor_t offsets = graph_side_output(g, gates, ROUTE_OFFSETS);
    tensor_t bias = chance(n, 2) ? parameter(n, EXPERTS, WIDTH) : NO_TENSOR;
    tensor_t weight = parameter(n, EXPERTS * WIDTH, WIDTH);
    tensor_t sorted = apply(n, &op_gather, (tensor_t[]){x, order, slots}, NULL, 0);
    tensor_t y = apply(n, &op_grouped_linear, (tensor_t[]){sorted, weight, bias, offsets}, NULL, 0);
    tensor_t counts = graph_side_output(g, gates, ROUTE_COUNTS), none = NO_TENSOR;
    if (!n->is_plain)
        apply(n, &op_balance, (tensor_t[]){p, counts, none}, &balance, sizeof balance);
    return apply(n, &op_combine, (tensor_t[]){y, gates, slots}, NULL, 0);
}

/* x + y, where y may be a parameter, and the same two may be summed again. */
static inline tensor_t make_sum(network_t *n, tensor_t x) {
    static const double factors[] = {1, 1, 0.5};
    tensor_t y = n->pool[some(n)];
    if (y == x) y = parameter(n, ROWS, WIDTH);
    tensor_t first = sum(n, factors[rng_below(&n->rng, 3)], x, y);
    if (!chance(n, 2)) return first;
    tensor_t second = sum(n, factors[rng_below(&n->rng, 3)], y, x);
    return sum(n, 1, first, second);
}

static inline tensor_t make_residual(network_t *n, tensor_t x) {
    return sum(n, 1, x, make_gelu(n, make_linear(n, x)));
}

typedef tensor_t make_t(network_t *n, tensor_t x);
static make_t *const makers[] = {make_gelu,      make_layer_norm, make_rms_norm,  make_linear,
                                 make_attention, make_sum,        make_sum,       make_residual,
                                 make_swiglu,    make_rope,       make_head_norm, make_softcap,
                                 make_dropout};
enum { MAKERS = sizeof makers / sizeof makers[0] };

/* --- a network --- */

static inline void add_inputs(network_t *n) {
    struct embed_options embed = {.period = LENGTH};
    n->tokens = graph_index(n->graph, ROWS);
    n->pixels = graph_input(n->graph, ROWS, PIXELS);
    n->table = parameter(n, VOCABULARY, WIDTH);
    n->weight = parameter(n, WIDTH, WIDTH);
    tensor_t tables[] = {n->table, chance(n, 2) ? parameter(n, LENGTH, WIDTH) : NO_TENSOR};
    n->pool[n->count++] = graph_apply(n->graph, &op_embed, tables, n->tokens, &embed, sizeof embed);
    n->pool[n->count++] = linear(n, n->pixels, parameter(n, WIDTH, PIXELS), WIDTH);
}

/* A term of the loss beside the task's. */
static inline void add_term(network_t *n, tensor_t x) {
    struct z_loss_options options = {.coefficient = (flt)0.5};
    if (!n->is_plain) apply(n, &op_z_loss, &x, &options, sizeof options);
}

static inline void add_loss(network_t *n) {
    tensor_t h = sum(n, 1, n->pool[n->count - 1], n->pool[n->count - 2]);
    long rows = ROWS;
    if (chance(n, 2)) {
        struct select_options last = {.period = LENGTH, .position = LENGTH - 1};
        h = apply(n, &op_select, &h, &last, sizeof last);
        rows = SAMPLES;
    }
    tensor_t head = chance(n, 2) ? n->table : parameter(n, VOCABULARY, WIDTH);
    n->logits = linear(n, h, head, VOCABULARY);
    graph_keep(n->graph, n->logits);
    n->targets = graph_index(n->graph, rows);
    struct cross_entropy_options loss = {.weight = (flt)1 / (flt)rows};
    graph_apply(n->graph, &op_cross_entropy, &n->logits, n->targets, &loss, sizeof loss);
}

/* Numbers for parameters and inputs: the same in every mode. */
static inline void fill(network_t *n, uint32_t seed) {
    rng_t rng = rng_open(seed, 0, "numbers", 0);
    const parameter_t *p = graph_parameters(n->graph);
    for (long i = 0; i < graph_parameter_count(n->graph); i++)
        for (long e = 0; e < p[i].rows * p[i].cols; e++)
            graph_theta(n->graph)[p[i].offset + e] = (flt)(0.5 * rng_normal(&rng));
    graph_set_chance(n->graph, &(const chance_t){.seed = seed, .step = 3, .is_on = 1});
    matrix_t pixels = graph_values(n->graph, n->pixels);
    for (long e = 0; e < ROWS * PIXELS; e++) pixels.at.v[e] = (flt)rng_normal(&rng);
    int32_t *tokens = graph_indices(n->graph, n->tokens);
    for (long i = 0; i < ROWS; i++) tokens[i] = (int32_t)rng_below(&rng, VOCABULARY);
    int32_t *targets = graph_indices(n->graph, n->targets);
    long rows = graph_values(n->graph, n->logits).rows;
    for (long i = 0; i < rows; i++) targets[i] = (int32_t)rng_below(&rng, VOCABULARY);
}

static inline network_t network_build(uint32_t seed, graph_mode_t mode, int is_plain) {
    network_t n = {
        .graph = graph_create(), .rng = rng_open(seed, 0, "network", 0), .is_plain = is_plain};
    add_inputs(&n);
    int operators = 1 + (int)rng_below(&n.rng, OPERATORS);
    for (int i = 0; i < operators; i++) {
        make_t *make = makers[rng_below(&n.rng, MAKERS)];
        tensor_t y = make(&n, n.pool[some(&n)]);
        if (chance(&n, 4)) graph_keep(n.graph, n.kept[n.kept_count++] = y);
        if (chance(&n, 6)) add_term(&n, y);
        n.pool[n.count++] = y;
    }
    add_loss(&n);
    assert_int_equal(graph_plan(n.graph, mode), STATUS_OK);
    assert_int_equal(graph_allocate(n.graph), STATUS_OK);
    fill(&n, seed);
    return n;
}

static inline network_t network_create(uint32_t seed, graph_mode_t mode) {
    return network_build(seed, mode, 0);
}

static inline void network_destroy(network_t *n) { graph_destroy(&n->graph); }

/* --- running --- */

/* Of the last forward pass with loss, all terms. */
static inline double loss_of(network_t *n) {
    double sum = 0;
    for (int k = 0; k < graph_terms(n->graph); k++) sum += graph_term(n->graph, k)[RESULT_TERM];
    return sum;
}

/* The loss; its gradient is in graph_gradient. */
static inline double step(network_t *n) {
    memset(graph_gradient(n->graph), 0, (size_t)graph_size(n->graph) * sizeof(flt));
    graph_forward(n->graph, 1);
    graph_backward(n->graph);
    return loss_of(n);
}

#endif
