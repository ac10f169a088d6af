/* op_cases.h: the sizes and options in which every operator is tried. */
#ifndef TESTS_KERNEL_OP_CASES_H
#define TESTS_KERNEL_OP_CASES_H

#include "kernel/add.h"
#include "kernel/attention.h"
#include "kernel/balance.h"
#include "kernel/causal_conv.h"
#include "kernel/cross_entropy.h"
#include "kernel/dropout.h"
#include "kernel/embed.h"
#include "kernel/head_norm.h"
#include "kernel/norm.h"
#include "kernel/op.h"
#include "kernel/rope.h"
#include "kernel/route.h"
#include "kernel/select.h"
#include "kernel/selective_scan.h"
#include "kernel/slice.h"
#include "kernel/softcap.h"
#include "kernel/spline.h"
#include "kernel/z_loss.h"

typedef struct extent {
    long rows, cols;
} extent_t;

/* What the integers of an input are: those of route.h, for routes drawn at random. */
typedef enum { NO_INTEGERS, ORDER, SLOTS, OFFSETS, COUNTS } integers_t;

typedef struct routing {
    long tokens, active, experts; /* n, k of E                                 */
    long dropped;                 /* pairs behind those of all experts, of n k */
} routing_t;

typedef struct op_case {
    const op_t *op;
    extent_t x[OP_INPUTS]; /* rows 0 = absent                                          */
    extent_t y;            /* of the result, by definition                             */
    unsigned parameters;   /* bit k: x[k] is a parameter, whose gradient accumulates   */
    double range;          /* inputs lie in +-range; 0 = 1                             */
    double weight;         /* of every row in a loss: what its d loss / d y is         */
    double coefficient;    /* of a term of the loss that reports itself without it     */
    long copied;           /* trailing columns of x0 that only pass through            */
    unsigned positive;     /* bit k: x[k] lies on 0 .. range                              */
    int is_linear;         /* gradients do not depend on the inputs, though it reads them */
    integers_t integers[OP_INPUTS];
    routing_t routing;
    long indices, below; /* that many indices on 0 .. below - 1                      */
    const void *options; /* GIVEN(the operator's struct); NULL = has none              */
} op_case_t;

#define GIVEN(type, ...)                                                                           \
    &(const struct type) { __VA_ARGS__ }

/* The rows of the table; each fills one op_case_t. */
#define ADD(rows, cols, factor)                                                                    \
    &op_add, .x = {{rows, cols}, {rows, cols}}, .y = {rows, cols},                                 \
             .options = GIVEN(add_options, factor)
/* samples B, length T, heads H, key/value heads K, head size s */
#define CAPPED_ATTENTION(B, T, H, K, s, is_causal, cap)                                            \
    &op_attention, .x = {{(B) * (T), ((H) + 2 * (K)) * (s)}}, .y = {(B) * (T), (H) * (s)},         \
                   .range = 2,                                                                     \
                   .options = GIVEN(attention_options, T, H, K, s, is_causal, (flt)(cap))
/* P made anew, block by block (`recomputes`) */
#define LONG_ATTENTION(B, T, H, K, s, is_causal, cap)                                              \
    &op_attention, .x = {{(B) * (T), ((H) + 2 * (K)) * (s)}}, .y = {(B) * (T), (H) * (s)},         \
                   .range = 2,                                                                     \
                   .options = GIVEN(attention_options, T, H, K, s, is_causal, (flt)(cap), 1)
#define ATTENTION(B, T, H, K, s, is_causal) CAPPED_ATTENTION(B, T, H, K, s, is_causal, 0)
/* tokens n, k of E experts, width d */
#define ROUTED(n, k, E)                     .routing = {n, k, E}
#define ROUTE(n, k, E, is_normal)                                                                  \
    &op_route, .x = {{n, E}, {n, E}}, .y = {n, k}, .is_linear = !(is_normal),                      \
               .options = GIVEN(route_options, k, is_normal, 0)
#define CRAMPED_ROUTE(n, k, E, is_normal, room)                                                    \
    &op_route, .x = {{n, E}, {n, E}}, .y = {n, k}, .is_linear = !(is_normal), .positive = 1,       \
               .options = GIVEN(route_options, k, is_normal, (flt)(room))
#define GATHER(n, k, E, d)                                                                         \
    &op_gather, .x = {{n, d}, {(n) * (k), 1}, {n, k}}, .y = {(n) * (k), d},                        \
                .integers = {[1] = ORDER, [2] = SLOTS}, ROUTED(n, k, E)
#define COMBINE(n, k, E, d)                                                                        \
    &op_combine, .x = {{(n) * (k), d}, {n, k}, {n, k}}, .y = {n, d}, .integers = {[2] = SLOTS},    \
                 ROUTED(n, k, E)
#define GROUPED_LINEAR(n, k, E, in, out, has_bias, drops)                                          \
    &op_grouped_linear,                                                                            \
        .x = {{(n) * (k), in}, {(E) * (out), in}, {(has_bias) * (E), out}, {(E) + 1, 1}},          \
        .y = {(n) * (k), out}, .parameters = 2 | 4, .integers = {[3] = OFFSETS},                   \
        .routing = {n, k, E, drops}
#define BALANCE(n, k, E, has_others, factor)                                                       \
    &op_balance, .x = {{n, E}, {E, 1}, {has_others, E}}, .y = {n, 1}, .positive = 4,               \
                 .weight = (factor) / (double)(n), .coefficient = factor,                          \
                 .integers = {[1] = COUNTS}, ROUTED(n, k, E),                                      \
                 .options = GIVEN(balance_options, (flt)(factor))
/* samples B, length T, channels C, taps W */
#define CAUSAL_CONV(B, T, C, W)                                                                    \
    &op_causal_conv, .x = {{(B) * (T), C}, {C, W}, {1, C}}, .y = {(B) * (T), C},                   \
                     .parameters = 2 | 4, .options = GIVEN(causal_conv_options, T)
/* states N of every channel; columns before B and C */
#define SELECTIVE_SCAN(B, T, C, N, before)                                                         \
    &op_selective_scan,                                                                            \
        .parameters = 8 | 16, .positive = 2, .y = {(B) * (T), C},                                  \
        .options = GIVEN(selective_scan_options, T),                                               \
        .x = {{(B) * (T), C}, {(B) * (T), C}, {(B) * (T), (before) + 2 * (N)}, {C, N}, {1, C}}
/* intervals G on -1 .. 1, degree k */
#define SPLINE(n, d, G, k, size)                                                                   \
    &op_spline, .x = {{n, d}}, .y = {n, (d) * ((G) + (k))}, .range = size,                         \
                .options = GIVEN(spline_options, G, k, -1, 1)
/* samples B, patches P, width d */
#define CLASS_TOKEN(B, P, d)                                                                       \
    &op_class_token, .x = {{(B) * (P), d}, {1, d}, {(P) + 1, d}}, .y = {(B) * ((P) + 1), d},       \
                     .parameters = 2 | 4
/* rows n, vocabulary V */
#define CROSS_ENTROPY(n, V, size, factor)                                                          \
    &op_cross_entropy, .x = {{n, V}}, .y = {n, 1}, .range = size, .indices = n, .below = V,        \
                       .weight = (flt)(factor),                                                    \
                       .options = GIVEN(cross_entropy_options, (flt)(factor))
#define DROPOUT(rows, cols, share)                                                                 \
    &op_dropout, .x = {{rows, cols}}, .y = {rows, cols},                                           \
                 .options = GIVEN(dropout_options, (flt)(share))
/* rows n, vocabulary V, period T, width d; positions 0: no position table */
#define EMBED(n, V, T, d, positions)                                                               \
    &op_embed, .x = {{V, d}, {positions, d}}, .y = {n, d}, .parameters = 1 | 2, .indices = n,      \
               .below = V, .options = GIVEN(embed_options, T)
#define GATE(rows, cols, size)                                                                     \
    &op_gate, .x = {{rows, cols}, {rows, cols}}, .y = {rows, cols}, .range = size
#define GELU(rows, cols, size) &op_gelu, .x = {{rows, cols}}, .y = {rows, cols}, .range = size
/* rows n, Q query and K key heads of size s, width d */
#define HEAD_NORM(n, Q, K, s, d, size)                                                             \
    &op_head_norm, .x = {{n, d}, {1, s}, {1, s}}, .y = {n, d}, .parameters = 2 | 4, .range = size, \
                   .copied = (d) - ((Q) + (K)) * (s),                                              \
                   .options = GIVEN(head_norm_options, Q, K, s, (flt)1e-5)
#define LAYER_NORM(n, d, size)                                                                     \
    &op_layer_norm, .x = {{n, d}, {1, d}, {1, d}}, .y = {n, d}, .parameters = 2 | 4,               \
                    .range = size, .options = GIVEN(norm_options, (flt)1e-5)
#define LINEAR(n, in, out, biases)                                                                 \
    &op_linear, .x = {{n, in}, {out, in}, {biases, out}}, .y = {n, out}, .parameters = 2 | 4
#define RMS_NORM(n, d, size)                                                                       \
    &op_rms_norm, .x = {{n, d}, {1, d}}, .y = {n, d}, .parameters = 2, .range = size,              \
                  .options = GIVEN(norm_options, (flt)1e-5)
/* samples B, length T, heads H of size s to turn, width d */
#define ROPE(B, T, H, s, d)                                                                        \
    &op_rope, .x = {{(B) * (T), d}}, .y = {(B) * (T), d},                                          \
              .options = GIVEN(rope_options, T, H, s, 10000)
/* samples B, period T, the row kept, width d */
#define SELECT(B, T, kept, d)                                                                      \
    &op_select, .x = {{(B) * (T), d}}, .y = {B, d}, .options = GIVEN(select_options, T, kept)
#define SILU(rows, cols, size) &op_silu, .x = {{rows, cols}}, .y = {rows, cols}, .range = size
#define SOFTPLUS(rows, cols, size)                                                                 \
    &op_softplus, .x = {{rows, cols}}, .y = {rows, cols}, .range = size
#define SLICE(rows, cols, from, chosen)                                                            \
    &op_slice, .x = {{rows, cols}}, .y = {rows, chosen},                                           \
               .options = GIVEN(slice_options, from, chosen)
#define SOFTMAX(rows, cols, size) &op_softmax, .x = {{rows, cols}}, .y = {rows, cols}, .range = size
#define SOFTCAP(rows, cols, size, limit)                                                           \
    &op_softcap, .x = {{rows, cols}}, .y = {rows, cols}, .range = size,                            \
                 .options = GIVEN(softcap_options, (flt)(limit))
/* hidden width f */
#define SWIGLU(n, f, size) &op_swiglu, .x = {{n, 2 * (f)}}, .y = {n, f}, .range = size

/* rows n, vocabulary V */
#define Z_LOSS(n, V, size, factor)                                                                 \
    &op_z_loss, .x = {{n, V}}, .y = {n, 1}, .range = size, .weight = (factor) / (double)(n),       \
                .coefficient = factor, .options = GIVEN(z_loss_options, (flt)(factor))

/* Odd sizes, sizes around the width of vectors and blocks, and 1. */
static const op_case_t op_cases[] = {
    {ADD(1, 1, 1)},
    {ADD(3, 7, 1)},
    {ADD(5, 33, 1.5)},
    {ADD(2, 64, 1.75)},
    {ATTENTION(1, 1, 1, 1, 1, 1)},
    {ATTENTION(2, 1, 2, 1, 3, 0)},
    {ATTENTION(3, 7, 2, 2, 5, 1)},
    {ATTENTION(2, 7, 4, 2, 3, 0)},
    {ATTENTION(2, 7, 3, 1, 1, 1)},
    {ATTENTION(1, 16, 2, 2, 4, 1)},
    {ATTENTION(1, 32, 1, 1, 3, 1)},
    {ATTENTION(2, 33, 2, 1, 3, 1)},
    {ATTENTION(1, 33, 1, 1, 17, 0)},
    {ATTENTION(1, 65, 2, 1, 2, 1)},
    {ATTENTION(1, 65, 1, 1, 3, 0)},
    {CLASS_TOKEN(1, 1, 1)},
    {CLASS_TOKEN(3, 4, 5)},
    {CLASS_TOKEN(2, 9, 17)},
    {CROSS_ENTROPY(1, 1, 1, 1)},
    {CROSS_ENTROPY(3, 2, 1, 1.0 / 3)},
    {CROSS_ENTROPY(5, 33, 4, 0.2)},
    {CROSS_ENTROPY(4, 17, 10, 0.3)},
    {EMBED(1, 1, 1, 1, 1)},
    {EMBED(9, 5, 3, 7, 3)},
    {EMBED(4, 11, 2, 33, 0)},
    {EMBED(12, 2, 4, 3, 4)},
    {GELU(1, 1, 1)},
    {GELU(3, 7, 0.1)},
    {GELU(2, 33, 4)},
    {LAYER_NORM(1, 1, 1)},
    {LAYER_NORM(3, 2, 0.005)},
    {LAYER_NORM(4, 7, 3)},
    {LAYER_NORM(2, 33, 0.05)},
    {LINEAR(1, 1, 1, 1)},
    {LINEAR(5, 7, 3, 1)},
    {LINEAR(3, 17, 33, 0)},
    {LINEAR(33, 3, 1, 1)},
    {RMS_NORM(1, 1, 1)},
    {RMS_NORM(3, 2, 1)},
    {RMS_NORM(4, 7, 3)},
    {RMS_NORM(2, 33, 0.05)},
    {ROPE(1, 1, 1, 2, 2)},
    {ROPE(2, 7, 3, 6, 19)},
    {ROPE(3, 5, 2, 10, 20)},
    {ROPE(1, 65, 1, 4, 5)},
    {SELECT(1, 1, 0, 1)},
    {SELECT(3, 7, 6, 5)},
    {SELECT(2, 4, 0, 33)},
    {SELECT(4, 3, 1, 2)},
    {SWIGLU(1, 1, 1)},
    {SWIGLU(3, 7, 0.1)},
    {SWIGLU(2, 33, 5)},
    {CAPPED_ATTENTION(1, 1, 1, 1, 1, 1, 1)},
    {CAPPED_ATTENTION(3, 7, 2, 2, 5, 1, 0.5)},
    {CAPPED_ATTENTION(2, 7, 4, 2, 3, 0, 2)},
    {CAPPED_ATTENTION(2, 33, 2, 1, 3, 1, 50)},
    {CAPPED_ATTENTION(1, 65, 1, 1, 3, 0, 1)},
    {LONG_ATTENTION(1, 1, 1, 1, 1, 1, 0)},
    {LONG_ATTENTION(2, 1, 2, 1, 3, 0, 0)},
    {LONG_ATTENTION(3, 7, 2, 2, 5, 1, 0)},
    {LONG_ATTENTION(2, 7, 4, 2, 3, 0, 0)},
    {LONG_ATTENTION(2, 33, 2, 1, 3, 1, 1)},
    {LONG_ATTENTION(1, 65, 2, 1, 1, 1, 0)},
    {LONG_ATTENTION(1, 65, 1, 1, 1, 0, 2)},
    {LONG_ATTENTION(1, 129, 1, 1, 1, 1, 0)},
    {HEAD_NORM(1, 1, 1, 1, 3, 1)},
    {HEAD_NORM(5, 2, 1, 3, 12, 1)},
    {HEAD_NORM(3, 4, 2, 5, 40, 3)},
    {HEAD_NORM(2, 1, 1, 33, 66, 0.05)},
    {SOFTCAP(1, 1, 1, 1)},
    {SOFTCAP(3, 7, 0.1, 30)},
    {SOFTCAP(2, 33, 5, 2)},
    {DROPOUT(1, 1, 0.5)},
    {DROPOUT(3, 7, 0.25)},
    {DROPOUT(5, 33, 0.1)},
    {DROPOUT(2, 64, 0)},
    {SOFTMAX(1, 1, 1)},
    {SOFTMAX(3, 7, 4)},
    {SOFTMAX(2, 33, 1)},
    {ROUTE(1, 1, 1, 1)},
    {ROUTE(5, 1, 4, 0)},
    {ROUTE(7, 3, 5, 1)},
    {ROUTE(3, 6, 6, 1)},
    {ROUTE(19, 2, 9, 0)},
    {CRAMPED_ROUTE(19, 4, 9, 1, 1)},
    {CRAMPED_ROUTE(12, 3, 4, 0, 0.7)},
    {GATHER(1, 1, 1, 1)},
    {GATHER(5, 2, 3, 7)},
    {GATHER(3, 3, 3, 33)},
    {COMBINE(1, 1, 1, 1)},
    {COMBINE(5, 2, 3, 7)},
    {COMBINE(3, 3, 3, 33)},
    {GROUPED_LINEAR(1, 1, 1, 1, 1, 1, 0)},
    {GROUPED_LINEAR(5, 2, 3, 7, 4, 1, 0)},
    {GROUPED_LINEAR(4, 1, 9, 5, 2, 1, 0)},
    {GROUPED_LINEAR(6, 2, 2, 3, 5, 0, 0)},
    {GROUPED_LINEAR(6, 2, 3, 3, 5, 0, 4)},
    {GROUPED_LINEAR(6, 2, 3, 3, 5, 1, 12)},
    {BALANCE(1, 1, 1, 0, 1)},
    {BALANCE(5, 2, 4, 1, 0.25)},
    {BALANCE(9, 1, 33, 0, 0.5)},
    {SILU(3, 7, 0.1)},
    {SILU(2, 33, 5)},
    {SOFTPLUS(3, 7, 1)},
    {SOFTPLUS(2, 33, 10)},
    {SLICE(1, 1, 0, 1)},
    {SLICE(3, 19, 2, 17)},
    {SLICE(2, 33, 0, 5)},
    {CAUSAL_CONV(1, 1, 1, 1)},
    {CAUSAL_CONV(2, 3, 5, 4)},
    {CAUSAL_CONV(3, 7, 33, 3)},
    {SELECTIVE_SCAN(1, 1, 1, 1, 0)},
    {SELECTIVE_SCAN(2, 5, 3, 2, 1)},
    {SELECTIVE_SCAN(1, 35, 2, 3, 0)},
    {SELECTIVE_SCAN(2, 3, 67, 2, 2)},
    {SPLINE(1, 1, 1, 3, 2)},
    {SPLINE(3, 5, 5, 4, 2)},
    {SPLINE(2, 9, 4, 8, 3)},
    {Z_LOSS(1, 1, 1, 1)},
    {Z_LOSS(3, 7, 2, 0.25)},
    {Z_LOSS(5, 33, 4, 0.5)},
    {GATE(1, 1, 1)},
    {GATE(3, 7, 0.1)},
    {GATE(2, 33, 5)},
};
enum { OP_CASES = sizeof op_cases / sizeof op_cases[0] };

#endif
