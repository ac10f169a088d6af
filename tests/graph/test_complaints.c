/* What the graph refuses: shapes that do not fit, said in one sentence that names the operator. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include "base/status.h"
#include "graph/graph.h"
#include "kernel/add.h"
#include "kernel/attention.h"
#include "kernel/cross_entropy.h"
#include "kernel/dropout.h"
#include "kernel/embed.h"
#include "kernel/head_norm.h"
#include "kernel/norm.h"
#include "kernel/rope.h"
#include "kernel/route.h"
#include "kernel/select.h"
#include "kernel/softcap.h"

/* One application that must be refused; x: the extents of the inputs, rows 0 = absent. */
typedef struct refusal {
    const op_t *op;
    long x[OP_INPUTS][2];
    long indices; /* length of the index tensor, 0 = none */
    const char *reason;
    union {
        struct embed_options embed;
        struct add_options add;
        struct norm_options norm;
        struct attention_options attention;
        struct head_norm_options head_norm;
        struct rope_options rope;
        struct select_options select;
        struct cross_entropy_options loss;
        struct dropout_options dropout;
        struct route_options route;
    } options;
} refusal_t;

static const refusal_t refusals[] = {
    {&op_add, {{2, 3}, {3, 2}}, 0, "add: the two inputs differ in shape", {.add = {1}}},
    {&op_add, {{2, 3}, {2, 4}}, 0, "add: the two inputs differ in shape", {.add = {1}}},
    {&op_add, {{2, 3}}, 0, "add: the two inputs differ in shape", {.add = {1}}},
    {&op_attention, {{6, 13}}, 0, "attention: x must be", {.attention = {3, 2, 2, 2, 1}}},
    {&op_attention, {{6, 14}}, 0, "kv_heads must divide", {.attention = {3, 3, 2, 2, 1}}},
    {&op_attention, {{7, 12}}, 0, "whole number of samples", {.attention = {3, 2, 2, 2, 1}}},
    {&op_class_token, {{6, 4}, {1, 4}, {5, 4}}, 0, "class_token: positions must be", {{0}}},
    {&op_class_token, {{6, 4}, {1, 4}, {1, 4}}, 0, "class_token: positions must be", {{0}}},
    {&op_class_token, {{6, 4}, {1, 3}, {4, 4}}, 0, "class_token: widths differ", {{0}}},
    {&op_class_token, {{6, 4}, {1, 4}, {4, 3}}, 0, "class_token: widths differ", {{0}}},
    {&op_cross_entropy, {{4, 5}}, 3, "cross_entropy: ", {.loss = {1}}},
    {&op_cross_entropy, {{4, 5}}, 0, "cross_entropy: ", {.loss = {1}}},
    {&op_embed, {{5, 4}, {3, 3}}, 6, "embed: the position table must be", {.embed = {3}}},
    {&op_embed, {{5, 4}, {2, 4}}, 6, "embed: the position table must be", {.embed = {3}}},
    {&op_embed, {{5, 4}, {3, 4}}, 0, "embed: ", {.embed = {3}}},
    {&op_head_norm, {{2, 5}, {1, 2}, {1, 2}}, 0, "head_norm: more", {.head_norm = {2, 1, 2, 1}}},
    {&op_head_norm, {{2, 8}, {1, 3}, {1, 2}}, 0, "head_norm: gains", {.head_norm = {2, 1, 2, 1}}},
    {&op_head_norm, {{2, 8}, {1, 2}}, 0, "head_norm: gains", {.head_norm = {2, 1, 2, 1}}},
    {&op_layer_norm, {{2, 4}, {1, 3}, {1, 4}}, 0, "layer_norm: gain and bias", {.norm = {1}}},
    {&op_layer_norm, {{2, 4}, {1, 4}, {1, 5}}, 0, "layer_norm: gain and bias", {.norm = {1}}},
    {&op_layer_norm, {{2, 4}, {1, 4}}, 0, "layer_norm: gain and bias", {.norm = {1}}},
    {&op_linear, {{2, 4}, {3, 5}}, 0, "linear: W must be", {{0}}},
    {&op_linear, {{2, 4}}, 0, "linear: W must be", {{0}}},
    {&op_linear, {{2, 4}, {3, 4}, {1, 4}}, 0, "linear: b must be", {{0}}},
    {&op_rms_norm, {{2, 4}, {1, 3}}, 0, "rms_norm: gain must be", {.norm = {1}}},
    {&op_rope, {{6, 6}}, 0, "rope: head_size must be even", {.rope = {3, 2, 3, 1e4}}},
    {&op_rope, {{6, 7}}, 0, "rope: more heads than columns", {.rope = {3, 2, 4, 1e4}}},
    {&op_rope, {{7, 8}}, 0, "rope: rows are not a whole", {.rope = {3, 2, 4, 1e4}}},
    {&op_select, {{7, 4}}, 0, "select: rows are not a whole", {.select = {3, 0}}},
    {&op_select, {{6, 4}}, 0, "select: position outside", {.select = {3, 3}}},
    {&op_select, {{6, 4}}, 0, "select: position outside", {.select = {3, -1}}},
    {&op_balance, {{4, 3}}, 0, "balance: counts", {{0}}},
    {&op_dropout, {{4, 3}}, 0, "dropout: the rate", {.dropout = {1}}},
    {&op_dropout, {{4, 3}}, 0, "dropout: the rate", {.dropout = {-0.5f}}},
    {&op_route, {{4, 3}, {4, 2}}, 0, "route: logits and p", {.route = {1}}},
    {&op_route, {{4, 3}, {4, 3}}, 0, "route: a token needs", {.route = {0}}},
    {&op_route, {{4, 3}, {4, 3}}, 0, "route: a token needs", {.route = {4}}},
    {&op_swiglu, {{6, 5}}, 0, "swiglu: x must be", {{0}}},
};
enum { REFUSALS = sizeof refusals / sizeof refusals[0] };

static tensor_t apply(graph_t *g, const refusal_t *r) {
    tensor_t inputs[OP_INPUTS], index = NO_TENSOR;
    for (int k = 0; k < OP_INPUTS; k++)
        inputs[k] = r->x[k][0] ? graph_parameter(g, "p", r->x[k][0], r->x[k][1], NULL) : NO_TENSOR;
    if (r->indices) index = graph_index(g, r->indices);
    return graph_apply(g, r->op, inputs, index, &r->options, r->op->options);
}

static void assert_refused(graph_t **g, const char *reason) {
    assert_int_equal(graph_plan(*g, GRAPH_TRAIN), STATUS_BUG);
    if (!strstr(status_message(), reason))
        print_error("\"%s\" does not say \"%s\"\n", status_message(), reason);
    assert_non_null(strstr(status_message(), reason));
    graph_destroy(g);
    assert_null(*g);
}

static void shapes_that_do_not_fit_are_named(void **state) {
    (void)state;
    for (int i = 0; i < REFUSALS; i++) {
        graph_t *g = graph_create();
        tensor_t y = apply(g, &refusals[i]);
        if (y != NO_TENSOR) print_error("not refused: %s (row %d)\n", refusals[i].reason, i);
        assert_int_equal(y, NO_TENSOR);
        assert_refused(&g, refusals[i].reason);
    }
}

/* What follows a complaint may use the tensor that was not made; the first reason stays. */
static void the_first_complaint_is_kept(void **state) {
    (void)state;
    graph_t *g = graph_create();
    tensor_t y = apply(g, &refusals[0]);
    assert_int_equal(graph_apply(g, &op_gelu, &y, NO_TENSOR, NULL, 0), NO_TENSOR);
    graph_keep(g, y);
    apply(g, &refusals[REFUSALS - 1]);
    assert_refused(&g, refusals[0].reason);
}

/* The kernels' loops are told that their arrays do not overlap. */
static void the_same_tensor_twice_is_refused(void **state) {
    (void)state;
    graph_t *g = graph_create();
    tensor_t x = graph_parameter(g, "x", 2, 3, NULL);
    struct add_options options = {.alpha = 1};
    graph_apply(g, &op_add, (tensor_t[]){x, x}, NO_TENSOR, &options, sizeof options);
    assert_refused(&g, "same tensor twice");
}

/* The kernel would read other numbers than were meant, or what lies behind them. */
static void the_options_of_another_operator_are_refused(void **state) {
    (void)state;
    struct rope_options options = {.length = 2, .heads = 1, .head_size = 2, .base = 1};
    graph_t *g = graph_create();
    tensor_t x = graph_parameter(g, "x", 2, 3, NULL), y = graph_parameter(g, "y", 2, 3, NULL);
    graph_apply(g, &op_add, (tensor_t[]){x, y}, NO_TENSOR, &options, sizeof options);
    assert_refused(&g, "other options");
}

static void a_missing_first_input_is_refused(void **state) {
    (void)state;
    graph_t *g = graph_create();
    tensor_t none = NO_TENSOR;
    graph_apply(g, &op_gelu, &none, NO_TENSOR, NULL, 0);
    assert_refused(&g, "misses its first input");
}

static void a_tensor_of_another_graph_is_refused(void **state) {
    (void)state;
    graph_t *g = graph_create();
    tensor_t unknown = 17;
    graph_apply(g, &op_gelu, &unknown, NO_TENSOR, NULL, 0);
    assert_refused(&g, "another graph");
}

/* Token ids are no numbers to compute with. */
static void indices_in_place_of_a_tensor_are_refused(void **state) {
    (void)state;
    graph_t *g = graph_create();
    tensor_t ids = graph_index(g, 6);
    graph_apply(g, &op_gelu, &ids, NO_TENSOR, NULL, 0);
    assert_refused(&g, "indices");
}

static void a_tensor_in_place_of_indices_is_refused(void **state) {
    (void)state;
    graph_t *g = graph_create();
    tensor_t logits = graph_parameter(g, "z", 4, 5, NULL),
             targets = graph_parameter(g, "t", 4, 1, NULL);
    struct cross_entropy_options options = {.weight = 1};
    graph_apply(g, &op_cross_entropy, &logits, targets, &options, sizeof options);
    assert_refused(&g, "indices");
}

/* Routes of four tokens: gates, and the integers beside them. */
static tensor_t add_routes(graph_t *g) {
    const struct route_options options = {.active = 1};
    tensor_t p = graph_parameter(g, "p", 4, 3, NULL), r = graph_parameter(g, "r", 4, 3, NULL);
    return graph_apply(g, &op_route, (tensor_t[]){p, r}, NO_TENSOR, &options, sizeof options);
}

static void integers_in_place_of_numbers_are_refused(void **state) {
    (void)state;
    graph_t *g = graph_create();
    tensor_t slots = graph_side_output(g, add_routes(g), ROUTE_SLOTS);
    graph_apply(g, &op_gelu, &slots, NO_TENSOR, NULL, 0);
    assert_refused(&g, "integers for numbers");
}

static void numbers_in_place_of_integers_are_refused(void **state) {
    (void)state;
    graph_t *g = graph_create();
    tensor_t gates = add_routes(g), order = graph_side_output(g, gates, ROUTE_ORDER);
    tensor_t x = graph_parameter(g, "x", 4, 2, NULL);
    graph_apply(g, &op_gather, (tensor_t[]){x, order, gates}, NO_TENSOR, NULL, 0);
    assert_refused(&g, "numbers for integers");
}

/* Nobody would hand its gradient on. */
static void a_gradient_for_a_side_output_is_refused(void **state) {
    (void)state;
    struct norm_options options = {.epsilon = 1};
    graph_t *g = graph_create();
    tensor_t inputs[] = {graph_parameter(g, "x", 2, 3, NULL),
                         graph_parameter(g, "gain", 1, 3, NULL)};
    tensor_t y = graph_apply(g, &op_rms_norm, inputs, NO_TENSOR, &options, sizeof options);
    tensor_t scale = graph_side_output(g, y, 1);
    graph_apply(g, &op_gelu, &scale, NO_TENSOR, NULL, 0);
    assert_refused(&g, "not its maker's first output");
}

/* Gradients of weights are added to what is there: nobody clears them but the graph's. */
static void an_activation_in_place_of_a_parameter_is_refused(void **state) {
    (void)state;
    graph_t *g = graph_create();
    tensor_t x = graph_parameter(g, "x", 2, 3, NULL),
             y = graph_apply(g, &op_gelu, &x, NO_TENSOR, NULL, 0);
    graph_apply(g, &op_linear, (tensor_t[]){x, y, NO_TENSOR}, NO_TENSOR, NULL, 0);
    assert_refused(&g, "for a parameter");
}

static void nothing_to_destroy_is_fine(void **state) {
    (void)state;
    graph_t *none = NULL;
    graph_destroy(&none);
    graph_t *empty = graph_create();
    assert_int_equal(graph_plan(empty, GRAPH_TRAIN), STATUS_OK);
    graph_destroy(&empty);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(shapes_that_do_not_fit_are_named),
        cmocka_unit_test(the_first_complaint_is_kept),
        cmocka_unit_test(the_same_tensor_twice_is_refused),
        cmocka_unit_test(the_options_of_another_operator_are_refused),
        cmocka_unit_test(a_missing_first_input_is_refused),
        cmocka_unit_test(a_tensor_of_another_graph_is_refused),
        cmocka_unit_test(indices_in_place_of_a_tensor_are_refused),
        cmocka_unit_test(a_tensor_in_place_of_indices_is_refused),
        cmocka_unit_test(integers_in_place_of_numbers_are_refused),
        cmocka_unit_test(numbers_in_place_of_integers_are_refused),
        cmocka_unit_test(a_gradient_for_a_side_output_is_refused),
        cmocka_unit_test(an_activation_in_place_of_a_parameter_is_refused),
        cmocka_unit_test(nothing_to_destroy_is_fine),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
