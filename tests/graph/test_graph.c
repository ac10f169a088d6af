/* The static graph: memory that is shared must not show, chains of gradients, complaints, profile,
 * and no allocation in a step. */
#include "base/clock.h"
#include "graph/network.h"

enum { NETWORKS = 400 };

/* --- allocations, counted --- */

/* The sanitizers bring an allocator of their own. */
#ifdef __SANITIZE_ADDRESS__
enum { COUNTS_ALLOCATIONS = 0 };
static long allocations;
#else
enum { COUNTS_ALLOCATIONS = 1 };
static long allocations;
extern void *__libc_malloc(size_t size);
extern void *__libc_calloc(size_t count, size_t size);
extern void *__libc_realloc(void *old, size_t size);
void *malloc(size_t size) { return allocations++, __libc_malloc(size); }
void *calloc(size_t count, size_t size) { return allocations++, __libc_calloc(count, size); }
void *realloc(void *old, size_t size) { return allocations++, __libc_realloc(old, size); }
#endif

/* --- memory that is shared must not show --- */

static void poison(flt *at, long count) {
    for (long e = 0; e < count; e++) at[e] = (flt)NAN;
}

static int is_parameter_gradient(network_t *n, const flt *at) {
    const flt *gradient = graph_gradient(n->graph);
    return at >= gradient && at < gradient + graph_size(n->graph);
}

/* Fills with NaN all memory that a step has to write before it reads. */
static void poison_memory(network_t *n) {
    for (int i = 0; i < graph_nodes(n->graph); i++) {
        const op_t *op = graph_op(n->graph, i);
        const call_t *c = graph_call(n->graph, i);
        for (int k = 0; k < op->outputs; k++) poison(c->y[k].at.v, c->y[k].rows * c->y[k].cols);
        for (int k = 0; k < op->inputs; k++)
            if (c->dx[k].at.v && !is_parameter_gradient(n, c->dx[k].at.v))
                poison(c->dx[k].at.v, c->dx[k].rows * c->dx[k].cols);
        if (op->scratch) poison(c->scratch.v, op->scratch(c));
    }
}

static void same_bits(const char *what, uint32_t seed, const flt *a, const flt *b, long count) {
    for (long e = 0; e < count; e++) {
        if (memcmp(&a[e], &b[e], sizeof(flt)) == 0) continue;
        print_error("network %u: %s[%ld] is %.9g and %.9g\n", (unsigned)seed, what, e, (double)a[e],
                    (double)b[e]);
        fail();
    }
}

static void every_plan_gives_the_gradient_of_the_plan_that_shares_nothing(void **state) {
    (void)state;
    for (uint32_t seed = 0; seed < NETWORKS; seed++)
        for (graph_mode_t mode = GRAPH_TRAIN; mode < GRAPH_CURVATURE; mode++) {
            network_t a = network_create(seed, mode), b = network_create(seed, GRAPH_CURVATURE);
            double loss = step(&a);
            assert_true(loss == step(&b) && isfinite(loss));
            same_bits("gradient", seed, graph_gradient(a.graph), graph_gradient(b.graph),
                      graph_size(a.graph));
            network_destroy(&a);
            network_destroy(&b);
        }
}

/* s = a + b hands one gradient to both; then t = a / 2 + b adds to it twice. */
static double gradient_of_two_sums(graph_mode_t mode) {
    network_t n = {.graph = graph_create(), .rng = rng_open(3, 0, "network", 0)};
    add_inputs(&n);
    tensor_t a = make_gelu(&n, n.pool[0]), b = make_gelu(&n, n.pool[1]);
    n.pool[n.count++] = sum(&n, 0.5, a, b);
    n.pool[n.count++] = sum(&n, 1, a, b);
    add_loss(&n);
    assert_int_equal(graph_plan(n.graph, mode), STATUS_OK);
    assert_int_equal(graph_allocate(n.graph), STATUS_OK);
    fill(&n, 3);
    step(&n);
    double norm = 0;
    for (long e = 0; e < graph_size(n.graph); e++)
        norm += (double)graph_gradient(n.graph)[e] * (double)graph_gradient(n.graph)[e];
    network_destroy(&n);
    return norm;
}

static void two_sums_of_the_same_pair_do_not_share(void **state) {
    (void)state;
    assert_true(gradient_of_two_sums(GRAPH_TRAIN) == gradient_of_two_sums(GRAPH_CURVATURE));
}

static void a_step_reads_nothing_it_has_not_written(void **state) {
    (void)state;
    for (uint32_t seed = 0; seed < NETWORKS; seed++)
        for (graph_mode_t mode = GRAPH_TRAIN; mode <= GRAPH_CURVATURE; mode++) {
            network_t n = network_create(seed, mode);
            double loss = step(&n);
            size_t bytes = (size_t)graph_size(n.graph) * sizeof(flt);
            flt *before = memcpy(malloc(bytes), graph_gradient(n.graph), bytes);
            poison_memory(&n);
            assert_true(step(&n) == loss);
            same_bits("gradient", seed, graph_gradient(n.graph), before, graph_size(n.graph));
            free(before);
            network_destroy(&n);
        }
}

static void kept_tensors_survive_the_forward_pass(void **state) {
    (void)state;
    for (uint32_t seed = 0; seed < NETWORKS; seed++) {
        network_t a = network_create(seed, GRAPH_TRAIN), b = network_create(seed, GRAPH_CURVATURE);
        poison_memory(&a);
        graph_forward(a.graph, 1);
        graph_forward(b.graph, 1);
        for (int i = 0; i < a.kept_count; i++)
            same_bits("kept", seed, graph_values(a.graph, a.kept[i]).at.v,
                      graph_values(b.graph, b.kept[i]).at.v, ROWS * WIDTH);
        network_destroy(&a);
        network_destroy(&b);
    }
}

/* log(sum exp z) - z[target], averaged over the rows of the logits. */
static double loss_of_logits(const network_t *n) {
    matrix_t z = graph_values(n->graph, n->logits);
    const int32_t *target = graph_indices(n->graph, n->targets);
    double mean = 0;
    for (long i = 0; i < z.rows; i++) {
        double total = 0;
        for (long j = 0; j < z.cols; j++) total += exp(z.at.v[i * z.cols + j]);
        mean += (log(total) - z.at.v[i * z.cols + target[i]]) / (double)z.rows;
    }
    return mean;
}

/* The loss overwrites the logits; a pass without it must leave them as they are. */
static void a_pass_without_loss_leaves_the_logits(void **state) {
    (void)state;
    for (uint32_t seed = 0; seed < NETWORKS; seed++) {
        network_t n = network_create(seed, GRAPH_TRAIN);
        graph_forward(n.graph, 0);
        assert_true(graph_result(n.graph)[0] == 0);
        double loss = loss_of_logits(&n);
        step(&n);
        assert_true(fabs(graph_result(n.graph)[RESULT_TERM] - loss) <= 1e-5 * (1 + loss));
        network_destroy(&n);
    }
}

/* --- gradients --- */

static void backward_adds_to_the_gradient(void **state) {
    (void)state;
    network_t n = network_create(5, GRAPH_TRAIN);
    step(&n);
    long size = graph_size(n.graph);
    flt *once = memcpy(malloc((size_t)size * sizeof(flt)), graph_gradient(n.graph),
                       (size_t)size * sizeof(flt));
    graph_forward(n.graph, 1);
    graph_backward(n.graph);
    for (long e = 0; e < size; e++)
        assert_true(fabsf(graph_gradient(n.graph)[e] - 2 * once[e]) <=
                    1e-5f * (fabsf(once[e]) + 1e-2f));
    free(once);
    network_destroy(&n);
}

static void padding_has_no_gradient(void **state) {
    (void)state;
    for (uint32_t seed = 0; seed < 50; seed++) {
        network_t n = network_create(seed, GRAPH_TRAIN);
        step(&n);
        const parameter_t *p = graph_parameters(n.graph);
        long count = graph_parameter_count(n.graph), numbers = 0;
        for (long i = 0; i < count; i++) {
            long end = i + 1 < count ? p[i + 1].offset : graph_size(n.graph);
            assert_true(p[i].offset % 32 == 0);
            numbers += p[i].rows * p[i].cols;
            for (long e = p[i].offset + p[i].rows * p[i].cols; e < end; e++)
                assert_true(graph_gradient(n.graph)[e] == 0);
        }
        assert_int_equal(graph_free_numbers(n.graph), numbers);
        network_destroy(&n);
    }
}

/* y = h + p gives p the gradient of y. */
static void a_kept_tensor_has_its_gradient(void **state) {
    (void)state;
    network_t n = {.graph = graph_create(), .rng = rng_open(1, 0, "network", 0)};
    add_inputs(&n);
    tensor_t p = parameter(&n, ROWS, WIDTH);
    tensor_t y = n.pool[n.count++] = sum(&n, 1, n.pool[0], p);
    n.pool[n.count++] = make_gelu(&n, y);
    n.pool[n.count++] = make_layer_norm(&n, y);
    n.pool[n.count++] = make_residual(&n, y);
    n.pool[n.count] = sum(&n, 0.5, n.pool[n.count - 2], n.pool[n.count - 3]);
    n.count++;
    graph_keep(n.graph, y);
    add_loss(&n);
    assert_int_equal(graph_plan(n.graph, GRAPH_CURVATURE), STATUS_OK);
    assert_int_equal(graph_allocate(n.graph), STATUS_OK);
    fill(&n, 1);
    step(&n);
    matrix_t gradient = graph_gradient_of(n.graph, y);
    const flt *dp = NULL;
    for (long i = 0; i < graph_parameter_count(n.graph); i++)
        if (graph_parameters(n.graph)[i].rows == ROWS)
            dp = graph_gradient(n.graph) + graph_parameters(n.graph)[i].offset;
    assert_non_null(dp);
    assert_true(gradient.rows == ROWS && gradient.cols == WIDTH);
    same_bits("gradient", 0, gradient.at.v, dp, ROWS * WIDTH);
    network_destroy(&n);
}

/* Two residual blocks in a row, whose outputs are kept, with terms of the loss on both and between.
 */
static network_t chain_with_terms(int is_plain) {
    network_t n = {
        .graph = graph_create(), .rng = rng_open(4, 0, "network", 0), .is_plain = is_plain};
    add_inputs(&n);
    tensor_t h = n.pool[0];
    for (int block = 0; block < 2; block++) {
        tensor_t inner = make_gelu(&n, h);
        add_term(&n, inner);
        h = n.kept[n.kept_count++] = sum(&n, 1, h, make_linear(&n, inner));
        graph_keep(n.graph, h);
        add_term(&n, h);
    }
    n.pool[n.count++] = h;
    n.pool[n.count++] = make_gelu(&n, h);
    add_loss(&n);
    assert_int_equal(graph_plan(n.graph, GRAPH_KEEP), STATUS_OK);
    assert_int_equal(graph_allocate(n.graph), STATUS_OK);
    fill(&n, 4);
    return n;
}

/* Of the sum of `count` kept tensors' elements; `between`: of the second with the first constant.
 */
static const flt *derivative_of_kept(network_t *n, int count, int between) {
    static flt ones[ROWS * WIDTH];
    const flt *seeds[] = {ones, ones};
    for (long e = 0; e < ROWS * WIDTH; e++) ones[e] = 1;
    graph_forward(n->graph, 1);
    memset(graph_gradient(n->graph), 0, (size_t)graph_size(n->graph) * sizeof(flt));
    if (between)
        graph_backward_between(n->graph, n->kept[0], n->kept[1], ones);
    else
        graph_backward_from(n->graph, count, n->kept, seeds);
    return graph_gradient(n->graph);
}

static void terms_of_the_loss_have_no_share_in_the_derivative_of_seeds(void **state) {
    (void)state;
    network_t a = chain_with_terms(0), b = chain_with_terms(1);
    assert_int_equal(graph_terms(a.graph), 5);
    for (int way = 0; way < 3; way++) {
        const flt *with = derivative_of_kept(&a, 1 + way % 2, way == 2);
        same_bits("gradient", 0, with, derivative_of_kept(&b, 1 + way % 2, way == 2),
                  graph_size(a.graph));
    }
    network_destroy(&a);
    network_destroy(&b);
}

/* The task's own term does not change when others join it; these are reported one by one. */
static void every_term_of_the_loss_is_reported_by_itself(void **state) {
    (void)state;
    for (uint32_t seed = 0; seed < NETWORKS; seed++) {
        network_t a = network_build(seed, GRAPH_TRAIN, 0), b = network_build(seed, GRAPH_TRAIN, 1);
        step(&a);
        assert_true(graph_result(a.graph)[RESULT_TERM] == step(&b));
        assert_ptr_equal(graph_term_op(a.graph, 0), &op_cross_entropy);
        assert_int_equal(graph_terms(b.graph), 1);
        for (int k = 1; k < graph_terms(a.graph); k++) {
            const double *term = graph_term(a.graph, k);
            assert_true(graph_term_op(a.graph, k)->adds);
            assert_true(fabs(term[RESULT_TERM] - 0.5 * term[RESULT_DETAIL]) < 1e-12);
        }
        network_destroy(&a);
        network_destroy(&b);
    }
}

/* --- chance --- */

static double loss_with(network_t *n, const chance_t *chance_of_step) {
    graph_set_chance(n->graph, chance_of_step);
    return step(n);
}

/* One operator that draws, a loss behind it. */
static network_t drawing_network(void) {
    network_t n = {.graph = graph_create(), .rng = rng_open(1, 0, "network", 0)};
    add_inputs(&n);
    n.pool[n.count++] = make_dropout(&n, n.pool[0]);
    add_loss(&n);
    assert_int_equal(graph_plan(n.graph, GRAPH_TRAIN), STATUS_OK);
    assert_int_equal(graph_allocate(n.graph), STATUS_OK);
    fill(&n, 1);
    assert_true(graph_draws(n.graph));
    return n;
}

static void a_draw_depends_on_all_that_is_set_and_on_nothing_else(void **state) {
    (void)state;
    network_t n = drawing_network(), other = drawing_network();
    const chance_t base = {.seed = 1, .replica = 2, .step = 3, .part = 0, .is_on = 1};
    chance_t changed[4] = {base, base, base, base};
    changed[0].seed = 1ull << 40, changed[1].replica++, changed[2].step++, changed[3].part++;
    double loss = loss_with(&n, &base), plain = loss_with(&n, NULL);
    assert_true(loss != plain);
    for (int i = 0; i < 4; i++) assert_true(loss_with(&n, &changed[i]) != loss);
    assert_true(loss_with(&n, &base) == loss);
    assert_true(loss_with(&other, &base) == loss);
    assert_true(loss_with(&n, NULL) == plain);
    network_destroy(&n);
    network_destroy(&other);
}

/* A parameter that leads nowhere gets no gradient, and costs no error. */
static void a_dead_branch_has_no_gradient(void **state) {
    (void)state;
    network_t n = {.graph = graph_create(), .rng = rng_open(2, 0, "network", 0)};
    add_inputs(&n);
    tensor_t kept[] = {n.pool[0], n.pool[1]};
    long first = graph_parameter_count(n.graph);
    make_layer_norm(&n, make_residual(&n, n.pool[0]));
    long end = graph_parameter_count(n.graph);
    n.pool[0] = kept[0], n.pool[1] = kept[1], n.count = 2;
    add_loss(&n);
    assert_int_equal(graph_plan(n.graph, GRAPH_TRAIN), STATUS_OK);
    assert_int_equal(graph_allocate(n.graph), STATUS_OK);
    fill(&n, 2);
    assert_true(isfinite(step(&n)));
    const parameter_t *p = graph_parameters(n.graph);
    for (long i = first; i < end; i++)
        for (long e = 0; e < p[i].rows * p[i].cols; e++)
            if (p[i].offset != p[1].offset) /* the weight that others may share */
                assert_true(graph_gradient(n.graph)[p[i].offset + e] == 0);
    network_destroy(&n);
}

/* --- tangents --- */

static void tangents_leave_values_and_gradient_alone(void **state) {
    (void)state;
    for (uint32_t seed = 0; seed < 50; seed++) {
        network_t n = network_create(seed, GRAPH_CURVATURE);
        step(&n);
        long size = graph_size(n.graph);
        size_t bytes = (size_t)size * sizeof(flt);
        flt *gradient = memcpy(malloc(bytes), graph_gradient(n.graph), bytes);
        for (long e = 0; e < size; e++) graph_direction(n.graph)[e] = 0x1p-40f;
        memset(graph_product(n.graph), 0, bytes);
        graph_forward_tangent(n.graph);
        graph_backward_tangent(n.graph);
        same_bits("gradient", seed, graph_gradient(n.graph), gradient, size);
        flt *product = memcpy(malloc(bytes), graph_product(n.graph), bytes);
        memset(graph_product(n.graph), 0, bytes);
        graph_forward_tangent(n.graph);
        graph_backward_tangent(n.graph);
        same_bits("second product", seed, graph_product(n.graph), product, size);
        free(gradient);
        free(product);
        network_destroy(&n);
    }
}

/* --- facts --- */

static void training_needs_less_memory(void **state) {
    (void)state;
    network_t a = network_create(11, GRAPH_TRAIN), b = network_create(11, GRAPH_CURVATURE);
    assert_true(graph_bytes(a.graph) < graph_bytes(b.graph));
    network_destroy(&a);
    network_destroy(&b);
}

/* A chain of sums keeps nothing for the backward pass: memory must not grow with its length. */
static size_t bytes_of_chain(int length) {
    network_t n = {.graph = graph_create(), .rng = rng_open(1, 0, "network", 0)};
    add_inputs(&n);
    tensor_t one = n.pool[0], two = n.pool[1];
    for (int i = 0; i < length; i++) {
        tensor_t next = sum(&n, 0.5, one, two);
        one = two, two = next;
    }
    n.pool[0] = one, n.pool[1] = two;
    add_loss(&n);
    assert_int_equal(graph_plan(n.graph, GRAPH_TRAIN), STATUS_OK);
    size_t bytes = graph_bytes(n.graph);
    network_destroy(&n);
    return bytes;
}

static void memory_of_dead_values_is_used_again(void **state) {
    (void)state;
    assert_int_equal(bytes_of_chain(10), bytes_of_chain(400));
}

static void flops_are_two_per_multiplication(void **state) {
    (void)state;
    graph_t *g = graph_create();
    tensor_t x = graph_input(g, 10, 3), w = graph_parameter(g, "w", 7, 3, NULL);
    graph_apply(g, &op_linear, (tensor_t[]){x, w, NO_TENSOR}, NO_TENSOR, NULL, 0);
    assert_int_equal(graph_plan(g, GRAPH_TRAIN), STATUS_OK);
    assert_true(graph_flops(g) == 2.0 * 10 * 3 * 7);
    graph_destroy(&g);
}

static void the_profile_adds_up(void **state) {
    (void)state;
    network_t n = network_create(12, GRAPH_CURVATURE);
    double *seconds[GRAPH_PHASES], sum = 0;
    for (int p = 0; p < GRAPH_PHASES; p++)
        seconds[p] = calloc((size_t)graph_nodes(n.graph), sizeof(double));
    graph_profile(n.graph, seconds);
    double start = clock_seconds();
    for (int i = 0; i < 20; i++) {
        step(&n);
        graph_forward_tangent(n.graph);
        graph_backward_tangent(n.graph);
    }
    double wall = clock_seconds() - start;
    for (int p = 0; p < GRAPH_PHASES; p++) {
        double phase = 0;
        for (int i = 0; i < graph_nodes(n.graph); i++) phase += seconds[p][i];
        assert_true(phase > 0);
        sum += phase;
    }
    assert_true(sum <= wall);
    graph_profile(n.graph, NULL);
    double before = seconds[0][0];
    step(&n);
    assert_true(seconds[0][0] == before);
    for (int p = 0; p < GRAPH_PHASES; p++) free(seconds[p]);
    network_destroy(&n);
}

static void a_step_allocates_nothing(void **state) {
    (void)state;
    if (!COUNTS_ALLOCATIONS) {
        print_message("skipped: allocations are not counted under the address sanitizer\n");
        skip();
    }
    network_t n = network_create(13, GRAPH_CURVATURE);
    step(&n); /* the matrix library sets itself up at its first product */
    long before = allocations;
    for (int i = 0; i < 100; i++) {
        step(&n);
        graph_forward_tangent(n.graph);
        graph_backward_tangent(n.graph);
    }
    assert_int_equal(allocations - before, 0);
    assert_true(before > 0);
    network_destroy(&n);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_plan_gives_the_gradient_of_the_plan_that_shares_nothing),
        cmocka_unit_test(two_sums_of_the_same_pair_do_not_share),
        cmocka_unit_test(a_step_reads_nothing_it_has_not_written),
        cmocka_unit_test(kept_tensors_survive_the_forward_pass),
        cmocka_unit_test(a_pass_without_loss_leaves_the_logits),
        cmocka_unit_test(backward_adds_to_the_gradient),
        cmocka_unit_test(padding_has_no_gradient),
        cmocka_unit_test(a_kept_tensor_has_its_gradient),
        cmocka_unit_test(terms_of_the_loss_have_no_share_in_the_derivative_of_seeds),
        cmocka_unit_test(every_term_of_the_loss_is_reported_by_itself),
        cmocka_unit_test(a_draw_depends_on_all_that_is_set_and_on_nothing_else),
        cmocka_unit_test(a_dead_branch_has_no_gradient),
        cmocka_unit_test(tangents_leave_values_and_gradient_alone),
        cmocka_unit_test(training_needs_less_memory),
        cmocka_unit_test(memory_of_dead_values_is_used_again),
        cmocka_unit_test(flops_are_two_per_multiplication),
        cmocka_unit_test(the_profile_adds_up),
        cmocka_unit_test(a_step_allocates_nothing),
    };
    gemm_start(1);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
