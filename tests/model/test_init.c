/* How parameters start: their distribution, and which models share their bits. */
#include "model/setup.h"

enum { WIDE = 64, DEEP = 8 };

static model_t *drawn(const setup_t *s, uint64_t seed, uint32_t replica) {
    model_t *m = NULL;
    assert_int_equal(model_create_from(&s->options, &s->shape, 1, GRAPH_TRAIN, &m), STATUS_OK);
    model_init(m, seed, replica);
    return m;
}

static setup_t wide(const char *arch, const char *norm) {
    setup_t s = setup_of(arch_find(arch), norm_find(norm));
    s.options.width = WIDE, s.options.layers = DEEP, s.options.heads = 4;
    s.options.init_std = 0.03, s.options.embed_std = 0.5;
    s.shape.seq_len = 64, s.shape.vocab = 100, s.shape.image = 32, s.shape.patch = 4;
    return s;
}

static int ends_with(const char *name, const char *end) {
    size_t n = strlen(name), k = strlen(end);
    return n >= k && strcmp(name + n - k, end) == 0;
}

/* Mean and standard deviation within five standard errors, of rows `first` .. `end` - 1. */
static void assert_normal(const setup_t *s, const parameter_t *p, const flt *x, long first,
                          long end, double std) {
    double n = (double)((end - first) * p->cols), mean = 0, square = 0;
    for (long e = first * p->cols; e < end * p->cols; e++) mean += (double)x[e] / n;
    for (long e = first * p->cols; e < end * p->cols; e++)
        square += pow((double)x[e] - mean, 2) / n;
    int is_normal =
        fabs(mean) <= 5 * std / sqrt(n) && fabs(sqrt(square) - std) <= 5 * std / sqrt(2 * n);
    if (!is_normal)
        print_error("%s %s, %s rows %ld to %ld: mean %g, deviation %g, not %g\n", s->options.arch,
                    s->options.norm, p->name, first, end - 1, mean, sqrt(square), std);
    assert_true(is_normal);
}

static void assert_all(const parameter_t *p, const flt *x, flt value) {
    for (long e = 0; e < p->rows * p->cols; e++) {
        if (x[e] != value) print_error("%s[%ld] = %g\n", p->name, e, (double)x[e]);
        assert_true(x[e] == value);
    }
}

static int is_embedding(const char *name) {
    return !strcmp(name, "tok_emb") || !strcmp(name, "pos_emb") || !strcmp(name, "cls") ||
           !strcmp(name, "patch_emb.weight");
}

/* Weights the norm's gain applies to: values, outputs and the MLP. */
static void check_parameter(const setup_t *s, const parameter_t *p, const flt *x) {
    const norm_row_t *norm = norm_find(s->options.norm);
    double std = s->options.init_std, gain = norm->gain ? norm->gain((int)s->options.layers) : 1;
    double depth = s->options.residual_init ? sqrt(2.0 * (double)s->options.layers) : 1;
    if (p->facts.init.draw) return; /* a law of its own */
    if (ends_with(p->name, ".gain") || ends_with(p->name, ".D")) {
        assert_all(p, x, 1);
    } else if (ends_with(p->name, ".bias")) {
        assert_all(p, x, 0);
    } else if (is_embedding(p->name)) {
        assert_normal(s, p, x, 0, p->rows, s->options.embed_std);
    } else if (p->facts.is_output) {
        assert_normal(s, p, x, 0, p->rows, std * gain / depth);
    } else if (ends_with(p->name, "attn.qkv.weight")) { /* q, k, v of WIDE rows each */
        assert_normal(s, p, x, 0, 2 * WIDE, std);
        assert_normal(s, p, x, 2 * WIDE, 3 * WIDE, std * gain);
    } else if (ends_with(p->name, "moe.router.weight")) {
        assert_normal(s, p, x, 0, p->rows, std);
    } else if (strstr(p->name, ".mlp.") || strstr(p->name, ".moe.") || strstr(p->name, ".kan.")) {
        assert_normal(s, p, x, 0, p->rows, std * gain);
    } else {
        assert_string_equal(p->name, "head.weight");
        assert_normal(s, p, x, 0, p->rows, std);
    }
}

static void check_parameters(const setup_t *s) {
    model_t *m = drawn(s, 42, 0);
    const parameter_t *p = graph_parameters(model_graph(m));
    for (long i = 0; i < graph_parameter_count(model_graph(m)); i++)
        check_parameter(s, &p[i], graph_theta(model_graph(m)) + p[i].offset);
    model_destroy(&m);
}

static void every_parameter_has_its_distribution(void **state) {
    (void)state;
    for (int a = 0; arch_rows[a]; a++)
        for (int n = 0; norm_rows[n]; n++)
            for (int residual = 0; residual < 2; residual++) {
                setup_t s = wide(arch_rows[a]->name, norm_rows[n]->name);
                s.options.residual_init = residual;
                check_parameters(&s);
            }
}

/* All else starts as it does otherwise: from the same streams. */
static void zero_outputs_make_blocks_their_residual(void **state) {
    (void)state;
    for (int a = 0; arch_rows[a]; a++) {
        setup_t plain = wide(arch_rows[a]->name, "pre_ln"), zero = plain;
        zero.options.zero_output = 1;
        model_t *m = drawn(&plain, 42, 0), *n = drawn(&zero, 42, 0);
        const parameter_t *p = graph_parameters(model_graph(n));
        int outputs = 0;
        for (long i = 0; i < graph_parameter_count(model_graph(n)); i++) {
            outputs += p[i].facts.is_output;
            if (p[i].facts.is_output)
                assert_all(&p[i], graph_theta(model_graph(n)) + p[i].offset, 0);
            else
                assert_memory_equal(graph_theta(model_graph(n)) + p[i].offset,
                                    graph_theta(model_graph(m)) + p[i].offset,
                                    (size_t)(p[i].rows * p[i].cols) * sizeof(flt));
        }
        assert_true(outputs >= zero.options.layers);
        model_destroy(&m);
        model_destroy(&n);
    }
}

/* DeepNet's beta: (8 L)^(-1/4). */
static void deep_norm_starts_smaller(void **state) {
    (void)state;
    assert_true(fabs(norm_find("deep_norm")->gain(2) - 0.5) <= 1e-15);
}

static const parameter_t *find(model_t *m, const char *name) {
    const parameter_t *p = graph_parameters(model_graph(m));
    for (long i = 0; i < graph_parameter_count(model_graph(m)); i++)
        if (strcmp(p[i].name, name) == 0) return &p[i];
    return NULL;
}

static int same_bits(model_t *a, const parameter_t *p, model_t *b, const parameter_t *q) {
    return p->rows == q->rows && p->cols == q->cols &&
           memcmp(graph_theta(model_graph(a)) + p->offset, graph_theta(model_graph(b)) + q->offset,
                  (size_t)(p->rows * p->cols) * sizeof(flt)) == 0;
}

/* Arms of one comparison differ in their norm only. */
static void norms_share_their_bits(void **state) {
    (void)state;
    for (int a = 0; arch_rows[a]; a++) {
        setup_t s = setup_of(arch_rows[a], norm_find("none"));
        model_t *none = drawn(&s, 42, 1);
        for (int n = 0; norm_rows[n]; n++) {
            if (norm_rows[n]->gain) continue;
            setup_t other = setup_of(arch_rows[a], norm_rows[n]);
            model_t *m = drawn(&other, 42, 1);
            const parameter_t *p = graph_parameters(model_graph(none));
            for (long i = 0; i < graph_parameter_count(model_graph(none)); i++) {
                const parameter_t *q = find(m, p[i].name);
                assert_non_null(q);
                assert_true(same_bits(none, &p[i], m, q));
            }
            model_destroy(&m);
        }
        model_destroy(&none);
    }
}

/* Where its weights are not scaled, deep_norm shares them too. */
static void deep_norm_shares_what_it_does_not_scale(void **state) {
    (void)state;
    setup_t s = setup_of(arch_find("gpt"), norm_find("none"));
    setup_t deep = setup_of(arch_find("gpt"), norm_find("deep_norm"));
    model_t *a = drawn(&s, 42, 1), *b = drawn(&deep, 42, 1);
    static const char *const names[] = {"tok_emb", "pos_emb", "head.weight"};
    for (int i = 0; i < 3; i++) assert_true(same_bits(a, find(a, names[i]), b, find(b, names[i])));
    model_destroy(&a);
    model_destroy(&b);
}

static void layers_added_do_not_change_the_others(void **state) {
    (void)state;
    setup_t s = setup_of(arch_find("gpt"), norm_find("pre_ln")), deep = s;
    deep.options.layers = 5, deep.batch = 3;
    model_t *a = drawn(&s, 42, 1), *b = drawn(&deep, 42, 1);
    const parameter_t *p = graph_parameters(model_graph(a));
    for (long i = 0; i < graph_parameter_count(model_graph(a)); i++)
        assert_true(same_bits(a, &p[i], b, find(b, p[i].name)));
    model_destroy(&a);
    model_destroy(&b);
}

static void seed_replica_and_name_change_the_bits(void **state) {
    (void)state;
    setup_t s = setup_of(arch_find("gpt"), norm_find("pre_ln"));
    model_t *m = drawn(&s, 42, 1), *seed = drawn(&s, 43, 1), *replica = drawn(&s, 42, 2);
    model_t *again = drawn(&s, 42, 1);
    const parameter_t *p = find(m, "block.0.mlp.up.weight"), *q = find(m, "block.1.mlp.up.weight");
    assert_true(same_bits(m, p, again, p));
    assert_false(same_bits(m, p, seed, p));
    assert_false(same_bits(m, p, replica, p));
    assert_false(same_bits(m, p, m, q));
    model_destroy(&m);
    model_destroy(&seed);
    model_destroy(&replica);
    model_destroy(&again);
}

/* Initialised again, a trained model is new. */
static void init_overwrites_everything(void **state) {
    (void)state;
    setup_t s = setup_of(arch_find("vit"), norm_find("sub_ln"));
    model_t *a = drawn(&s, 42, 1), *b = drawn(&s, 42, 1);
    const parameter_t *p = graph_parameters(model_graph(b));
    for (long i = 0; i < graph_parameter_count(model_graph(b)); i++)
        for (long e = 0; e < p[i].rows * p[i].cols; e++)
            graph_theta(model_graph(b))[p[i].offset + e] = 7;
    model_init(b, 42, 1);
    assert_memory_equal(graph_theta(model_graph(a)), graph_theta(model_graph(b)),
                        (size_t)model_size(a) * sizeof(flt));
    model_destroy(&a);
    model_destroy(&b);
}

static void assert_uniform(const parameter_t *p, const flt *x, double bound) {
    double n = (double)(p->rows * p->cols), square = 0;
    for (long e = 0; e < p->rows * p->cols; e++) {
        assert_true(fabs((double)x[e]) <= bound * (1 + 1e-6));
        square += pow((double)x[e] / bound, 2) / n;
    }
    assert_true(fabs(square - 1.0 / 3) <= 5 * sqrt(4.0 / 45 / n));
}

/* Gu & Dao's: uniform by the columns, step sizes from .001 to .1 by their logarithm, A = -1 .. -N.
 */
static void mamba_starts_as_published(void **state) {
    (void)state;
    setup_t s = wide("mamba", "rms_norm");
    model_t *m = drawn(&s, 42, 0);
    const flt *theta = graph_theta(model_graph(m));
    const parameter_t *steps = find(m, "block.3.dt_proj.bias"), *a = find(m, "block.3.A_log");
    const struct {
        const char *name;
        double bound;
    } uniform[] = {{"block.3.in_proj.weight", 1 / sqrt(WIDE)},
                   {"block.3.x_proj.weight", 1 / sqrt(2 * WIDE)},
                   {"block.3.conv.weight", 0.5},
                   {"block.3.conv.bias", 0.5},
                   {"block.3.dt_proj.weight", 1 / sqrt(WIDE / 16)},
                   {"block.3.out_proj.weight", 1 / sqrt(2 * WIDE * DEEP)}};
    for (int i = 0; i < 6; i++) {
        const parameter_t *p = find(m, uniform[i].name);
        assert_uniform(p, theta + p->offset, uniform[i].bound);
    }
    double mean = 0, dt;
    for (long c = 0; c < steps->cols; c++) {
        dt = log1p(exp((double)theta[steps->offset + c]));
        assert_true(dt >= 0.001 * (1 - 1e-5) && dt <= 0.1 * (1 + 1e-5));
        mean += log(dt) / (double)steps->cols;
    }
    assert_true(fabs(mean - log(0.01)) <= 5 * log(100) / sqrt(12.0 * (double)steps->cols));
    for (long e = 0; e < a->rows * a->cols; e++)
        assert_true(fabs((double)theta[a->offset + e] - log((double)(e % 16 + 1))) <= 1e-6);
    model_destroy(&m);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_parameter_has_its_distribution),
        cmocka_unit_test(zero_outputs_make_blocks_their_residual),
        cmocka_unit_test(deep_norm_starts_smaller),
        cmocka_unit_test(mamba_starts_as_published),
        cmocka_unit_test(norms_share_their_bits),
        cmocka_unit_test(deep_norm_shares_what_it_does_not_scale),
        cmocka_unit_test(layers_added_do_not_change_the_others),
        cmocka_unit_test(seed_replica_and_name_change_the_bits),
        cmocka_unit_test(init_overwrites_everything),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
