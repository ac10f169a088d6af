/* Operators that are passed over: which parameters are idle, and that they come back. */
#include "graph/network.h"

/* tokens -> from -> to -> loss; `shared` is read before the gap and in it, `own` in it only. */
typedef struct gapped {
    network_t n;
    tensor_t from, to;
    long shared, own; /* rows of graph_parameters */
} gapped_t;

static gapped_t gapped_create(graph_mode_t mode) {
    gapped_t g = {.n = {.graph = graph_create(), .rng = rng_open(4, 0, "network", 0)}};
    network_t *n = &g.n;
    add_inputs(n);
    g.shared = 1; /* n->weight */
    tensor_t before = linear(n, n->pool[0], n->weight, WIDTH);
    g.from = sum(n, 1, before, n->pool[1]);
    g.own = graph_parameter_count(n->graph);
    tensor_t inner = linear(n, make_gelu(n, g.from), parameter(n, WIDTH, WIDTH), WIDTH);
    tensor_t again = linear(n, make_gelu(n, inner), n->weight, WIDTH);
    g.to = sum(n, 1, g.from, again);
    graph_keep(n->graph, g.from);
    graph_keep(n->graph, g.to);
    n->pool[n->count++] = make_gelu(n, g.to);
    n->pool[n->count++] = g.to;
    add_loss(n);
    assert_int_equal(graph_plan(n->graph, mode), STATUS_OK);
    assert_int_equal(graph_allocate(n->graph), STATUS_OK);
    fill(n, 4);
    return g;
}

static void only_parameters_that_nobody_else_reads_are_idle(void **state) {
    (void)state;
    gapped_t g = gapped_create(GRAPH_TRAIN);
    const parameter_t *p = graph_parameters(g.n.graph);
    graph_pass_over(g.n.graph, g.from, g.to);
    assert_false(p[g.shared].is_idle);
    assert_true(p[g.own].is_idle);
    step(&g.n);
    for (long e = 0; e < p[g.own].rows * p[g.own].cols; e++)
        assert_true(graph_gradient(g.n.graph)[p[g.own].offset + e] == 0);
    double size = 0;
    for (long e = 0; e < p[g.shared].rows * p[g.shared].cols; e++)
        size += fabs((double)graph_gradient(g.n.graph)[p[g.shared].offset + e]);
    assert_true(size > 0);
    network_destroy(&g.n);
}

static void what_was_passed_over_comes_back(void **state) {
    (void)state;
    for (graph_mode_t mode = GRAPH_TRAIN; mode <= GRAPH_CURVATURE; mode++) {
        gapped_t g = gapped_create(mode);
        double loss = step(&g.n);
        graph_pass_over(g.n.graph, g.from, g.to);
        double shorter = step(&g.n);
        assert_true(shorter != loss);
        graph_pass_over(g.n.graph, g.from, g.from);
        assert_true(step(&g.n) == loss);
        for (long i = 0; i < graph_parameter_count(g.n.graph); i++)
            assert_false(graph_parameters(g.n.graph)[i].is_idle);
        network_destroy(&g.n);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(only_parameters_that_nobody_else_reads_are_idle),
        cmocka_unit_test(what_was_passed_over_comes_back),
    };
    gemm_start(1);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
