/* Networks whose products are bf16: against PyTorch's trajectories, and what of them stays float32.
 */
#include "model/setup.h"

#include "model/bf16_oracle.h"
#include "model/tiny_gpt.h"
#include "probe/hessian.h"

/* --- against PyTorch --- */

static void scatter(graph_t *g, const double *sequence, flt *theta) {
    const parameter_t *p = graph_parameters(g);
    for (size_t i = 0; i < sizeof tiny_names / sizeof *tiny_names; i++) {
        long k = 0;
        while (strcmp(p[k].name, tiny_names[i].name) != 0) k++;
        for (int e = 0; e < tiny_names[i].count; e++) theta[p[k].offset + e] = (flt)*sequence++;
    }
}

static model_t *tiny(const precision_t *precision) {
    model_options_t options = {.arch = "gpt",
                               .norm = "pre_ln",
                               .width = 4,
                               .layers = 2,
                               .heads = 2,
                               .norm_epsilon = 1e-5,
                               .precision = precision};
    task_shape_t shape = {.kind = TASK_TOKENS, .seq_len = 4, .vocab = 7, .loss_last = 1};
    int32_t tokens[16], targets[4];
    memcpy(tokens, tiny_tokens, sizeof tokens);
    memcpy(targets, tiny_targets, sizeof targets);
    model_t *m = NULL;
    assert_int_equal(model_create_from(&options, &shape, 4, GRAPH_TRAIN, &m), STATUS_OK);
    scatter(model_graph(m), tiny_parameters, graph_theta(model_graph(m)));
    model_load(m, &(batch_t){.size = 4, .tokens = tokens, .targets = targets});
    return m;
}

/* The largest difference of the losses of plain gradient descent from a series. */
static double distance(const precision_t *precision, const double *series) {
    model_t *m = tiny(precision);
    graph_t *g = model_graph(m);
    double largest = 0;
    for (int step = 0; step < ORACLE_STEPS; step++) {
        largest = fmax(largest, fabs(model_gradient(m).mean - series[step]));
        vector_add(-ORACLE_RATE, graph_gradient(g), graph_theta(g), graph_size(g));
    }
    model_destroy(&m);
    return largest;
}

static double between(const double *a, const double *b) {
    double largest = 0;
    for (int i = 0; i < ORACLE_STEPS; i++) largest = fmax(largest, fabs(a[i] - b[i]));
    return largest;
}

/* Float32 sums in another order, and now and then a factor that they push over a tie: 2^-9 of one
 * element. What bf16 does to the losses is a hundred times as much. */
static void trajectories_are_those_of_the_definition(void **state) {
    (void)state;
    double effect = between(oracle_bf16, oracle_f32);
    assert_true(distance(&precision_f32, oracle_f32) < effect / 1000);
    assert_true(distance(&precision_bf16_emulated, oracle_bf16) < effect / 10);
    assert_true(distance(&precision_bf16_emulated, oracle_f32) > effect / 2);
    if (precision_bf16.check() == STATUS_OK)
        assert_true(distance(&precision_bf16, oracle_bf16) < effect / 10);
}

/* It rounds results, too: another error of the same size. */
static void autocast_is_as_near_as_its_own_rounding(void **state) {
    (void)state;
    double own = between(oracle_autocast, oracle_f32);
    assert_true(distance(&precision_bf16_emulated, oracle_autocast) < 2 * own);
}

/* --- every architecture --- */

static double relative_distance(const flt *x, const flt *y, long n) {
    double off = 0;
    for (long i = 0; i < n; i++) off += pow((double)x[i] - (double)y[i], 2);
    return sqrt(off) / vector_norm(y, n);
}

/* A gradient is off by some roundings of 2^-9, and back in float32 it is what it was. */
static void check_gradient(const setup_t *s) {
    setup_t rounded = *s;
    rounded.options.precision = &precision_bf16_emulated;
    model_t *full = ready(s, GRAPH_TRAIN), *m = ready(&rounded, GRAPH_TRAIN);
    long n = model_size(m);
    model_gradient(full);
    model_gradient(m);
    const flt *right = graph_gradient(model_graph(full));
    double off = relative_distance(graph_gradient(model_graph(m)), right, n);
    if (!(off > 1e-4 && off < 0.1))
        fail_msg("%s: the gradient in bf16 is off by %g", s->options.arch, off);
    assert_ptr_equal(model_set_precision(m, &precision_f32), &precision_bf16_emulated);
    model_gradient(m);
    assert_memory_equal(graph_gradient(model_graph(m)), right, (size_t)n * sizeof(flt));
    model_destroy(&full);
    model_destroy(&m);
}

static void every_architecture_has_bf16_products(void **state) {
    (void)state;
    for (int a = 0; arch_rows[a]; a++) {
        setup_t s = setup_of(arch_rows[a], norm_find("pre_ln"));
        check_gradient(&s);
    }
}

/* --- curvature --- */

/* H v of the model's batch, and the gradient afterwards is the one before. */
static flt *product_of(model_t *m, const setup_t *s, const precision_t *precision) {
    long n = model_size(m), passes;
    flt *v = random_direction(m, 0), *hv = malloc((size_t)n * sizeof *hv);
    batch_t batch = batch_of(s);
    hessian_t *h = NULL;
    model_load(m, &batch);
    model_gradient(m);
    passes = model_passes(m);
    flt *before = copy(graph_gradient(model_graph(m)), n);
    const precision_t *of_training = model_precision(m);
    assert_int_equal(hessian_create(NULL, NULL, m, 1, 0, &h), STATUS_OK);
    if (precision) hessian_set_precision(h, precision);
    hessian_begin(h, &batch, passes);
    hessian_product(h, v, hv);
    hessian_end(h);
    assert_memory_equal(graph_gradient(model_graph(m)), before, (size_t)n * sizeof(flt));
    assert_ptr_equal(model_precision(m), of_training);
    hessian_destroy(&h);
    batch_free(&batch);
    free(before);
    free(v);
    return hv;
}

static void curvature_is_of_the_function_asked_for(void **state) {
    (void)state;
    setup_t s = setup_of(arch_find("gpt"), norm_find("pre_ln")), rounded = s;
    rounded.options.precision = &precision_bf16_emulated;
    model_t *full = ready(&s, GRAPH_CURVATURE), *m = ready(&rounded, GRAPH_CURVATURE);
    long n = model_size(m);
    flt *right = product_of(full, &s, NULL), *of_full = product_of(m, &s, &precision_f32);
    flt *as_trained = product_of(m, &s, NULL);
    assert_memory_equal(of_full, right, (size_t)n * sizeof(flt));
    double off = relative_distance(as_trained, right, n);
    assert_true(off > 1e-4 && off < 0.1);
    free(right);
    free(of_full);
    free(as_trained);
    model_destroy(&full);
    model_destroy(&m);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(trajectories_are_those_of_the_definition),
        cmocka_unit_test(autocast_is_as_near_as_its_own_rounding),
        cmocka_unit_test(every_architecture_has_bf16_products),
        cmocka_unit_test(curvature_is_of_the_function_asked_for),
    };
    gemm_start(1);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
