/* The experts a token gets, and the order in which experts get tokens, on every backend: ties,
 * logits that are no numbers, and tangents, which must not choose again. */
#include "device/each_backend.h"

#include <math.h>
#include <string.h>

#include "base/rng.h"
#include "graph/graph.h"
#include "kernel/route.h"

enum { TOKENS = 37, WIDTH = 5, EXPERTS = 9, ACTIVE = 3, PAIRS = TOKENS * ACTIVE };

/* r = x W^T, p = softmax(r), routes by r. */
typedef struct router {
    graph_t *graph; /* owned */
    tensor_t x, logits, outputs[ROUTE_OUTPUTS];
} router_t;

static router_t router_create(void) {
    const struct route_options options = {.active = ACTIVE, .renormalises = 1};
    router_t r = {.graph = graph_create()};
    graph_t *g = r.graph;
    graph_place(g, backend);
    r.x = graph_input(g, TOKENS, WIDTH);
    tensor_t w = graph_parameter(g, "w", EXPERTS, WIDTH, NULL);
    tensor_t logits =
        graph_apply(g, &op_linear, (tensor_t[]){r.x, w, NO_TENSOR}, NO_TENSOR, NULL, 0);
    tensor_t p = graph_apply(g, &op_softmax, &logits, NO_TENSOR, NULL, 0);
    tensor_t gates =
        graph_apply(g, &op_route, (tensor_t[]){p, logits}, NO_TENSOR, &options, sizeof options);
    for (int k = 0; k < ROUTE_OUTPUTS; k++)
        graph_keep(g, r.outputs[k] = graph_side_output(g, gates, k));
    graph_keep(g, r.logits = logits);
    assert_int_equal(graph_plan(g, GRAPH_CURVATURE), STATUS_OK);
    assert_int_equal(graph_allocate(g), STATUS_OK);
    return r;
}

/* x = `scale` times integers on -2 .. 2, so that logits tie; W likewise. */
static void fill(router_t *r, double scale) {
    rng_t rng = rng_open(1, 0, "routes", 0);
    flt *x = graph_values(r->graph, r->x).at.v, *w = graph_theta(r->graph);
    for (int i = 0; i < TOKENS * WIDTH; i++) x[i] = (flt)(scale * ((double)rng_below(&rng, 5) - 2));
    for (int i = 0; i < EXPERTS * WIDTH; i++) w[i] = (flt)rng_below(&rng, 3) - 1;
}

static const int32_t *integers(const router_t *r, int output) {
    return integers_of(graph_values(r->graph, r->outputs[output]));
}

/* The largest first; of equal ones the lower expert. */
static int is_before(const flt *logits, int32_t a, int32_t b) {
    return logits[a] > logits[b] || (logits[a] == logits[b] && a < b);
}

static void assert_choice(const router_t *r) {
    matrix_t logits = graph_values(r->graph, r->logits);
    const int32_t *chosen = integers(r, ROUTE_CHOSEN);
    for (int t = 0; t < TOKENS; t++) {
        const flt *z = matrix_row(logits, t).v;
        const int32_t *mine = chosen + t * ACTIVE;
        for (int place = 1; place < ACTIVE; place++)
            assert_true(is_before(z, mine[place - 1], mine[place]));
        for (int32_t e = 0; e < EXPERTS; e++) {
            int is_chosen = 0;
            for (int place = 0; place < ACTIVE; place++) is_chosen |= mine[place] == e;
            assert_true(is_chosen || is_before(z, mine[ACTIVE - 1], e));
        }
    }
}

/* Every expert's pairs stand together, in their own order; slots say where each pair went. */
static void assert_order(const router_t *r) {
    const int32_t *chosen = integers(r, ROUTE_CHOSEN), *order = integers(r, ROUTE_ORDER);
    const int32_t *slots = integers(r, ROUTE_SLOTS), *offsets = integers(r, ROUTE_OFFSETS);
    assert_true(offsets[0] == 0 && offsets[EXPERTS] == PAIRS);
    for (int32_t e = 0; e < EXPERTS; e++)
        for (int32_t i = offsets[e]; i < offsets[e + 1]; i++) {
            assert_int_equal(chosen[order[i]], e);
            assert_int_equal(slots[order[i]], i);
            assert_true(i == offsets[e] || order[i - 1] < order[i]);
        }
}

static void the_largest_logits_choose_and_the_lower_expert_wins_ties(void **state) {
    (void)state;
    static const double scales[] = {0, 1, 0.37};
    router_t r = router_create();
    for (int i = 0; i < 3; i++) {
        fill(&r, scales[i]);
        graph_forward(r.graph, 0);
        assert_choice(&r);
        assert_order(&r);
    }
    graph_destroy(&r.graph);
}

static void gates_sum_to_one(void **state) {
    (void)state;
    router_t r = router_create();
    fill(&r, 1);
    graph_forward(r.graph, 0);
    matrix_t gates = graph_values(r.graph, r.outputs[ROUTE_GATES]);
    for (int t = 0; t < TOKENS; t++) {
        double sum = 0;
        for (int place = 0; place < ACTIVE; place++) sum += (double)gates.at.v[t * ACTIVE + place];
        assert_true(fabs(sum - 1) < 1e-6);
    }
    graph_destroy(&r.graph);
}

/* A diverged router sends its tokens somewhere: the numbers show it, not a crash. */
static void logits_that_are_no_numbers_choose_experts_that_exist(void **state) {
    (void)state;
    router_t r = router_create();
    fill(&r, NAN);
    graph_forward(r.graph, 0);
    const int32_t *chosen = integers(&r, ROUTE_CHOSEN);
    for (int i = 0; i < PAIRS; i++) assert_true(chosen[i] >= 0 && chosen[i] < EXPERTS);
    assert_order(&r);
    assert_true(isnan(graph_values(r.graph, r.outputs[ROUTE_GATES]).at.v[0]));
    graph_destroy(&r.graph);
}

/* All logits are equal, and the direction would break every tie another way. */
static void tangents_keep_the_routes_that_values_chose(void **state) {
    (void)state;
    int32_t before[PAIRS];
    router_t r = router_create();
    fill(&r, 1);
    memset(graph_theta(r.graph), 0, (size_t)graph_size(r.graph) * sizeof(flt));
    graph_forward(r.graph, 0);
    memcpy(before, integers(&r, ROUTE_CHOSEN), sizeof before);
    for (int e = 0; e < EXPERTS; e++)
        for (int j = 0; j < WIDTH; j++)
            graph_direction(r.graph)[e * WIDTH + j] = (flt)(0x1p-40 * (e + j));
    graph_forward_tangent(r.graph);
    assert_memory_equal(before, integers(&r, ROUTE_CHOSEN), sizeof before);
    assert_order(&r);
    graph_destroy(&r.graph);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_largest_logits_choose_and_the_lower_expert_wins_ties),
        cmocka_unit_test(gates_sum_to_one),
        cmocka_unit_test(logits_that_are_no_numbers_choose_experts_that_exist),
        cmocka_unit_test(tangents_keep_the_routes_that_values_chose),
    };
    RUN_ON_EACH(0, tests);
}
