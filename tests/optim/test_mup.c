/* muP: the table of Tensor Programs V, and what it is for. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "near.h"
#include "optim/mup.h"
#include "train/sweep_text.h"

enum { BASE = 16, WIDTH = 64, HEADS = 2 };

/* A model four times as wide as its base. */
static sweep_text_t wide(const char *options) {
    char text[512];
    snprintf(text, sizeof text,
             "name: test\nmodel: {width: %d, layers: 1, heads: %d}\ntask: {seq_len: 16, vocab: "
             "32}\ntrain.mup_base_width: %d\n%s\n",
             WIDTH, HEADS, BASE, options);
    return sweep_of_text(text);
}

/* Facts as model/build.c states them. */
static const parameter_facts_t
    table = {.kind = PARAMETER_TABLE, .mup = MUP_INPUT},
    gain = {.kind = PARAMETER_GAIN, .mup = MUP_INPUT},
    bias = {.kind = PARAMETER_BIAS, .mup = MUP_INPUT},
    hidden = {.kind = PARAMETER_MATRIX, .mup = MUP_HIDDEN},
    packed = {.kind = PARAMETER_MATRIX,
              .mup = MUP_HIDDEN,
              .parts = {{ROLE_QUERY, 64}, {ROLE_KEY, 64}, {ROLE_VALUE, 64}}},
    packed_bias = {.kind = PARAMETER_BIAS,
                   .mup = MUP_INPUT,
                   .parts = {{ROLE_QUERY, 64}, {ROLE_KEY, 64}, {ROLE_VALUE, 64}}},
    shared_keys = {.kind = PARAMETER_MATRIX,
                   .mup = MUP_HIDDEN,
                   .parts = {{ROLE_QUERY, 64}, {ROLE_KEY, 16}, {ROLE_VALUE, 16}}},
    output = {.kind = PARAMETER_MATRIX, .mup = MUP_OUTPUT},
    output_bias = {.kind = PARAMETER_BIAS, .mup = MUP_FIXED};

/* Table 3 of the paper; each role gets an exponent by which it is known. */
static void slices_are_the_papers_table(void **state) {
    (void)state;
    const mup_exponents_t e = {.input = 2, .hidden = 3, .output = 5, .query = 0.01};
    static const struct {
        const parameter_facts_t *facts;
        long rows, cols;
        int count;
        mup_slice_t slices[2];
    } cases[] = {
        {&table, 32, 64, 1, {{0, 2048, 2, 0}}},
        {&gain, 1, 64, 1, {{0, 64, 2, 0}}},
        {&hidden, 256, 64, 1, {{0, 16384, 3, -0.5}}},
        {&bias, 1, 256, 1, {{0, 256, 2, 0}}},
        {&packed, 192, 64, 2, {{0, 4096, 3.01, -1}, {4096, 8192, 3, -0.5}}},
        {&packed_bias, 1, 192, 2, {{0, 64, 2.01, -0.5}, {64, 128, 2, 0}}},
        {&shared_keys, 96, 64, 2, {{0, 4096, 3.01, -1}, {4096, 2048, 3, -0.5}}},
        {&output, 32, 64, 1, {{0, 2048, 5, -1}}},
        {&output_bias, 1, 32, 1, {{0, 32, 0, 0}}},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        mup_slice_t slices[PARAMETER_PARTS];
        parameter_t parameter = {
            .rows = cases[i].rows, .cols = cases[i].cols, .facts = *cases[i].facts};
        assert_int_equal(mup_slices(&parameter, &e, slices), cases[i].count);
        for (int k = 0; k < cases[i].count; k++) {
            assert_int_equal(slices[k].first, cases[i].slices[k].first);
            assert_int_equal(slices[k].count, cases[i].slices[k].count);
            assert_near(slices[k].exponent, cases[i].slices[k].exponent, 1e-12);
            assert_near(slices[k].init, cases[i].slices[k].init, 1e-12);
        }
    }
}

/* Width 64 over 16: hidden matrices start half, queries and the output matrix a quarter as large;
 * one step of AdamW moves them by a quarter, an eighth and a quarter. */
static void a_parameter_moves_as_its_role_says(void **state) {
    (void)state;
    sweep_text_t sweep = wide("train.weight_decay: 0");
    const config_t *config = plan_trial(sweep.plan, 0)->config;
    graph_t *graph = graph_create();
    graph_parameter(graph, "tok_emb", 32, WIDTH, &table);
    graph_parameter(graph, "attn.qkv.weight", 3 * WIDTH, WIDTH, &packed);
    graph_parameter(graph, "head.weight", 32, WIDTH, &output);
    assert_int_equal(graph_plan(graph, GRAPH_TRAIN), STATUS_OK);
    assert_int_equal(graph_allocate(graph), STATUS_OK);
    const parameter_t *p = graph_parameters(graph);
    flt *theta = graph_theta(graph);
    for (long i = 0; i < graph_size(graph); i++) theta[i] = graph_gradient(graph)[i] = 1;
    mup_scale_init(config, graph);
    const flt *at[] = {theta + p[0].offset, theta + p[1].offset,
                       theta + p[1].offset + WIDTH * WIDTH, theta + p[2].offset};
    const double start[] = {1, 0.25, 0.5, 0.25}, moved[] = {1, 0.125, 0.25, 0.25};
    for (int i = 0; i < 4; i++) assert_near((double)at[i][0], start[i], 1e-6);
    optim_t *optim;
    assert_int_equal(optim_create(config, graph, &optim), STATUS_OK);
    optim_step(optim, 1, 1e-3);
    for (int i = 0; i < 4; i++) assert_near((start[i] - (double)at[i][0]) / 1e-3, moved[i], 1e-3);
    optim_destroy(&optim);
    graph_destroy(&graph);
    sweep_end(&sweep);
}

/* Weights shrink as they do at the base width, whatever their learning rate. */
static void weight_decay_does_not_follow_the_learning_rate(void **state) {
    (void)state;
    sweep_text_t sweep = wide("train.weight_decay: 0.5");
    graph_t *graph = graph_create();
    graph_parameter(graph, "mlp.up.weight", 8, 8, &hidden);
    assert_int_equal(graph_plan(graph, GRAPH_TRAIN), STATUS_OK);
    assert_int_equal(graph_allocate(graph), STATUS_OK);
    optim_t *optim;
    assert_int_equal(optim_create(plan_trial(sweep.plan, 0)->config, graph, &optim), STATUS_OK);
    graph_theta(graph)[5] = 1;
    optim_step(optim, 1, 0.1);
    assert_near((double)graph_theta(graph)[5], 1 - 0.1 * 0.5, 1e-6);
    optim_destroy(&optim);
    graph_destroy(&graph);
    sweep_end(&sweep);
}

static void at_the_base_width_nothing_changes(void **state) {
    (void)state;
    record_t plain = {0}, mup = {0};
    run_first("train.steps: 3", &plain);
    run_first("train.steps: 3\ntrain.mup_base_width: 32", &mup);
    assert_memory_equal(vector_of(&plain, "series/loss"), vector_of(&mup, "series/loss"),
                        3 * sizeof(double));
    record_clear(&plain);
    record_clear(&mup);
}

static void a_parameter_without_a_row_in_the_table_is_refused(void **state) {
    (void)state;
    sweep_text_t sweep = wide("");
    graph_t *graph = graph_create();
    graph_parameter(graph, "head.weight", 32, WIDTH, &output);
    const config_t *config = plan_trial(sweep.plan, 0)->config;
    assert_int_equal(mup_check(config, graph), STATUS_OK);
    graph_parameter(graph, "a_log", 1, WIDTH, NULL);
    assert_int_equal(mup_check(config, graph), STATUS_SPEC);
    assert_non_null(strstr(status_message(), "a_log"));
    graph_destroy(&graph);
    sweep_end(&sweep);
}

static void what_the_table_leaves_open_is_refused(void **state) {
    (void)state;
    sweep_text_t sweep = wide("model.tied_head: true");
    trial_cost_t cost;
    assert_int_equal(trial_estimate(plan_trial(sweep.plan, 0)->config, &cost), STATUS_SPEC);
    assert_non_null(strstr(status_message(), "model.tied_head"));
    sweep_end(&sweep);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(slices_are_the_papers_table),
        cmocka_unit_test(a_parameter_moves_as_its_role_says),
        cmocka_unit_test(weight_decay_does_not_follow_the_learning_rate),
        cmocka_unit_test(at_the_base_width_nothing_changes),
        cmocka_unit_test(a_parameter_without_a_row_in_the_table_is_refused),
        cmocka_unit_test(what_the_table_leaves_open_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
