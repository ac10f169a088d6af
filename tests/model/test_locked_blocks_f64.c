/* Blocks that are passed over: the model is exactly the smaller one; and how a block that joins
 * late changes nothing but what it is meant to, and learns. */
#include "model/setup.h"

enum { LAYERS = 4, ACTIVE = 2 };

static setup_t deep(const arch_row_t *arch, const norm_row_t *norm, int layers) {
    setup_t s = setup_of(arch, norm);
    s.options.layers = layers;
    return s;
}

static const parameter_t *parameter_of(model_t *m, const char *name) {
    const parameter_t *p = graph_parameters(model_graph(m));
    for (long i = 0; i < graph_parameter_count(model_graph(m)); i++)
        if (strcmp(p[i].name, name) == 0) return &p[i];
    return NULL;
}

static size_t bytes_of(const parameter_t *p) { return (size_t)(p->rows * p->cols) * sizeof(flt); }

/* Parameters of the same name, from one vector of `large` into one of `small`, or compared. */
static void take_over(model_t *small, flt *to, model_t *large, const flt *from) {
    const parameter_t *p = graph_parameters(model_graph(small));
    for (long i = 0; i < graph_parameter_count(model_graph(small)); i++)
        memcpy(to + p[i].offset, from + parameter_of(large, p[i].name)->offset, bytes_of(&p[i]));
}
static void assert_same(model_t *small, const flt *a, model_t *large, const flt *b) {
    const parameter_t *p = graph_parameters(model_graph(small));
    for (long i = 0; i < graph_parameter_count(model_graph(small)); i++) {
        const flt *y = b + parameter_of(large, p[i].name)->offset;
        for (long e = 0; e < p[i].rows * p[i].cols; e++)
            if (!(a[p[i].offset + e] == y[e])) fail_msg("%s differs", p[i].name);
    }
}

static int is_in_block(const parameter_t *p, int first) {
    int block;
    return sscanf(p->name, "block.%d.", &block) == 1 && block >= first;
}

static void assert_locked_is_zero(model_t *m, const flt *x) {
    const parameter_t *p = graph_parameters(model_graph(m));
    for (long i = 0; i < graph_parameter_count(model_graph(m)); i++)
        for (long e = 0; is_in_block(&p[i], ACTIVE) && e < p[i].rows * p[i].cols; e++)
            assert_true(x[p[i].offset + e] == 0);
}

static void claim_smaller(const setup_t *s, graph_mode_t mode) {
    setup_t less = *s;
    less.options.layers = ACTIVE;
    model_t *large = ready(s, mode), *small = ready(&less, mode);
    graph_t *g = model_graph(large), *h = model_graph(small);
    take_over(small, graph_theta(h), large, graph_theta(g));
    model_set_active(large, ACTIVE);
    assert_true(model_gradient(large).mean == model_gradient(small).mean);
    assert_same(small, graph_gradient(h), large, graph_gradient(g));
    assert_locked_is_zero(large, graph_gradient(g));
    if (mode == GRAPH_CURVATURE) {
        flt *v = random_direction(large, 0), *w = copy(v, model_size(small));
        take_over(small, w, large, v);
        assert_true(model_product(large, v, v) == model_product(small, w, w));
        assert_same(small, w, large, v);
        assert_locked_is_zero(large, v);
        free(v);
        free(w);
    }
    model_destroy(&large);
    model_destroy(&small);
}

static void a_locked_model_is_the_smaller_one_bit_for_bit(void **state) {
    (void)state;
    for (int a = 0; arch_rows[a]; a++)
        for (int n = 0; norm_rows[n]; n++) {
            if (!norm_rows[n]->keeps_stream) continue;
            setup_t s = deep(arch_rows[a], norm_rows[n], LAYERS);
            claim_smaller(&s, GRAPH_TRAIN);
            claim_smaller(&s, GRAPH_CURVATURE);
        }
}

static void locked_operators_take_no_time(void **state) {
    (void)state;
    setup_t s = deep(arch_find("llama"), norm_find("rms_norm"), LAYERS);
    model_t *m = ready(&s, GRAPH_CURVATURE);
    graph_t *g = model_graph(m);
    size_t nodes = (size_t)graph_nodes(g);
    double *seconds[GRAPH_PHASES];
    for (int k = 0; k < GRAPH_PHASES; k++) seconds[k] = calloc(nodes, sizeof(double));
    model_set_active(m, ACTIVE);
    graph_profile(g, seconds);
    flt *v = random_direction(m, 0);
    model_gradient(m);
    model_product(m, v, v);
    long still = 0;
    for (size_t i = 0; i < nodes; i++)
        still +=
            seconds[0][i] == 0 && seconds[1][i] == 0 && seconds[2][i] == 0 && seconds[3][i] == 0;
    assert_true(still >= (LAYERS - ACTIVE) * 11); /* of a block: 2 norms, 2 sums, 4 products, ... */
    for (int k = 0; k < GRAPH_PHASES; k++) free(seconds[k]);
    free(v);
    model_destroy(&m);
}

static void hidden_states_behind_are_those_of_the_last_active_block(void **state) {
    (void)state;
    setup_t s = deep(arch_find("gpt"), norm_find("pre_ln"), LAYERS);
    model_t *m = ready(&s, GRAPH_TRAIN);
    model_set_active(m, ACTIVE);
    model_hidden_states(m);
    for (int l = ACTIVE; l <= LAYERS; l++)
        assert_ptr_equal(model_hidden(m, l).at.v, model_hidden(m, ACTIVE).at.v);
    assert_ptr_not_equal(model_hidden(m, 0).at.v, model_hidden(m, ACTIVE).at.v);
    model_destroy(&m);
}

static flt *gradient_from(model_t *m, int count, const int *layers, const flt *const *seeds) {
    graph_t *g = model_graph(m);
    memset(graph_gradient(g), 0, (size_t)model_size(m) * sizeof(flt));
    model_hidden_states(m);
    model_backward_from(m, count, layers, seeds);
    return copy(graph_gradient(g), model_size(m));
}

static void seeds_behind_count_at_the_last_active_block(void **state) {
    (void)state;
    setup_t s = deep(arch_find("gpt"), norm_find("pre_ln"), LAYERS);
    model_t *m = ready(&s, GRAPH_TRAIN);
    model_set_active(m, ACTIVE);
    matrix_t h = model_hidden(m, 0);
    long count = h.rows * h.cols;
    flt *seed = calloc((size_t)count, sizeof *seed), *twice = calloc((size_t)count, sizeof *twice);
    for (long i = 0; i < count; i++) seed[i] = (flt)sin((double)i), twice[i] = 2 * seed[i];
    const flt *seeds[] = {seed, seed}, *one[] = {twice};
    flt *a = gradient_from(m, 2, (const int[]){ACTIVE + 1, LAYERS}, seeds);
    flt *b = gradient_from(m, 1, (const int[]){ACTIVE}, one);
    assert_memory_equal(a, b, (size_t)model_size(m) * sizeof(flt));
    free(a);
    free(b);
    free(seed);
    free(twice);
    model_destroy(&m);
}

static void unlocking_everything_gives_the_full_model_back(void **state) {
    (void)state;
    setup_t s = deep(arch_find("gpt"), norm_find("pre_ln"), LAYERS);
    model_t *m = ready(&s, GRAPH_TRAIN);
    double full = model_gradient(m).mean;
    flt *before = copy(graph_gradient(model_graph(m)), model_size(m));
    model_set_active(m, ACTIVE);
    assert_true(model_gradient(m).mean != full);
    model_set_active(m, LAYERS);
    assert_true(model_gradient(m).mean == full);
    assert_same(m, graph_gradient(model_graph(m)), m, before);
    free(before);
    model_destroy(&m);
}

/* --- the unlock --- */

/* A model whose blocks from ACTIVE on are locked, cleared, as architecture warm-up leaves them. */
static model_t *locked(const setup_t *s) {
    model_t *m = ready(s, GRAPH_TRAIN);
    for (int block = ACTIVE; block < LAYERS; block++)
        assert_int_equal(model_restart_block(m, block, 0, 1, 0), 2);
    model_set_active(m, ACTIVE);
    return m;
}

static void unlock(model_t *m, double std) {
    model_restart_block(m, ACTIVE, std, 1, 0);
    model_set_active(m, ACTIVE + 1);
}

/* 2-norm of the gradient of block ACTIVE, of its parameters whose name holds `part`. */
static double jump(model_t *m, const char *part) {
    double square = 0;
    const parameter_t *p = graph_parameters(model_graph(m));
    for (long i = 0; i < graph_parameter_count(model_graph(m)); i++) {
        if (!is_in_block(&p[i], ACTIVE) || !strstr(p[i].name, part)) continue;
        double norm =
            vector_norm(graph_gradient(model_graph(m)) + p[i].offset, p[i].rows * p[i].cols);
        square += norm * norm;
    }
    return sqrt(square);
}

/* The loss and every gradient outside the block: the same before and after, for any std. */
static void an_unlock_changes_neither_function_nor_other_gradients(void **state) {
    (void)state;
    static const char *const archs[] = {"gpt", "llama", "vit"};
    for (int a = 0; a < 3; a++) {
        setup_t s = deep(arch_find(archs[a]), norm_find("rms_norm"), LAYERS);
        model_t *m = locked(&s);
        double loss = model_gradient(m).mean;
        flt *before = copy(graph_gradient(model_graph(m)), model_size(m));
        unlock(m, 1e-3);
        assert_true(model_gradient(m).mean == loss);
        const parameter_t *p = graph_parameters(model_graph(m));
        flt *now = graph_gradient(model_graph(m));
        for (long i = 0; i < graph_parameter_count(model_graph(m)); i++)
            for (long e = 0; !is_in_block(&p[i], ACTIVE) && e < p[i].rows * p[i].cols; e++)
                assert_true(now[p[i].offset + e] == before[p[i].offset + e]);
        free(before);
        model_destroy(&m);
    }
}

/* What the first derivative jumps by: the output matrices' gradient alone, in proportion to std for
 * attention and to its square for SwiGLU. */
static void the_jump_of_the_gradient_is_bounded_by_std(void **state) {
    (void)state;
    setup_t s = deep(arch_find("llama"), norm_find("rms_norm"), LAYERS);
    model_t *m = locked(&s);
    double whole = (model_gradient(m), vector_norm(graph_gradient(model_graph(m)), model_size(m)));
    static const char *const quiet[] = {"attn.qkv", "mlp.gate_up", "norm"};
    for (double std = 1e-2; std > 1e-6; std /= 10) {
        unlock(m, std);
        model_gradient(m);
        for (int i = 0; i < 3; i++) assert_true(jump(m, quiet[i]) == 0);
        double attention = jump(m, "attn.out"), mlp = jump(m, "mlp.down");
        double width = (double)s.options.width;
        assert_true(attention > 0 && attention < 2 * sqrt(width) * std * whole);
        assert_true(mlp > 0 && mlp < 2 * width * std * std * whole);
    }
    model_destroy(&m);
}

/* Weights of the usual size behind zero output matrices: the same function, but a jump hundreds of
 * times as large. */
static void zero_outputs_alone_jump_far(void **state) {
    (void)state;
    setup_t s = deep(arch_find("llama"), norm_find("rms_norm"), LAYERS);
    model_t *m = locked(&s);
    unlock(m, s.options.init_std);
    model_gradient(m);
    double far = jump(m, "");
    unlock(m, 1e-3);
    model_gradient(m);
    assert_true(far > 100 * jump(m, ""));
    model_destroy(&m);
}

/* Gradient descent, with the block's own gradient alone. */
static void an_unlocked_block_learns_and_an_all_zero_one_does_not(void **state) {
    (void)state;
    setup_t s = deep(arch_find("llama"), norm_find("rms_norm"), LAYERS);
    model_t *m = locked(&s);
    model_set_active(m, ACTIVE + 1); /* unlocked, but all zero */
    double start = model_gradient(m).mean;
    assert_true(jump(m, "") == 0);
    unlock(m, 1e-3);
    const parameter_t *p = graph_parameters(model_graph(m));
    flt *theta = graph_theta(model_graph(m)), *gradient = graph_gradient(model_graph(m));
    double norm = 0;
    for (int step = 0; step < 30; step++) {
        model_gradient(m);
        norm = jump(m, "attn.qkv");
        for (long i = 0; i < graph_parameter_count(model_graph(m)); i++)
            for (long e = 0; is_in_block(&p[i], ACTIVE) && e < p[i].rows * p[i].cols; e++) {
                flt g = gradient[p[i].offset + e]; /* as Adam's first steps: its sign */
                theta[p[i].offset + e] -= (flt)(0.01 * (g > 0) - 0.01 * (g < 0));
            }
    }
    assert_true(norm > 0);
    assert_true(model_loss(m).mean < start - 0.01);
    model_destroy(&m);
}

int main(void) {
    gemm_start(1);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_locked_model_is_the_smaller_one_bit_for_bit),
        cmocka_unit_test(locked_operators_take_no_time),
        cmocka_unit_test(hidden_states_behind_are_those_of_the_last_active_block),
        cmocka_unit_test(seeds_behind_count_at_the_last_active_block),
        cmocka_unit_test(unlocking_everything_gives_the_full_model_back),
        cmocka_unit_test(an_unlock_changes_neither_function_nor_other_gradients),
        cmocka_unit_test(the_jump_of_the_gradient_is_bounded_by_std),
        cmocka_unit_test(zero_outputs_alone_jump_far),
        cmocka_unit_test(an_unlocked_block_learns_and_an_all_zero_one_does_not),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
