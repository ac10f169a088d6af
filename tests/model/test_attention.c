/* Attention that recomputes its weights in every pass: the same model, in less memory. */
#include "model/setup.h"

/* More than one block of rows, and heads that share keys where the architecture has such. */
static setup_t long_setup(const arch_row_t *arch, const char *way) {
    static const struct llama_options shared = {.kv_heads = 2, .rope_base = 100};
    setup_t s = setup_of(arch, norm_find("pre_ln"));
    s.options.heads = 4;
    s.options.own = arch == &arch_llama ? &shared : NULL;
    s.options.attention_softcap = strcmp(arch->name, "gpt") == 0 ? 3 : 0;
    s.shape.seq_len = 100;
    if (arch->kind == TASK_IMAGES) s.shape.image = 30;
    snprintf(s.options.attention, sizeof s.options.attention, "%s", way);
    return s;
}

static void assert_close(const flt *found, const flt *expected, long count, double tolerance) {
    double largest = 0;
    for (long i = 0; i < count; i++) largest = fmax(largest, fabs((double)expected[i]));
    for (long i = 0; i < count; i++)
        if (!(fabs((double)(found[i] - expected[i])) <= tolerance * largest))
            fail_msg("element %ld is %.9g, with stored weights %.9g", i, (double)found[i],
                     (double)expected[i]);
}

/* float32: sums over rows end in another order. */
static void both_ways_give_the_same_loss_gradient_and_product(void **state) {
    (void)state;
    for (int a = 0; arch_rows[a]; a++) {
        setup_t stored = long_setup(arch_rows[a], "stored");
        setup_t recomputed = long_setup(arch_rows[a], "recomputed");
        model_t *m = ready(&stored, GRAPH_CURVATURE), *n = ready(&recomputed, GRAPH_CURVATURE);
        long size = model_size(m);
        double loss = model_gradient(m).mean;
        assert_true(fabs(model_gradient(n).mean - loss) <= 1e-6 * loss);
        assert_close(graph_gradient(model_graph(n)), graph_gradient(model_graph(m)), size, 2e-6);
        flt *v = random_direction(m, 0), *w = copy(v, size);
        model_product(m, v, v);
        model_product(n, w, w);
        assert_close(w, v, size, 1e-5);
        free(v);
        free(w);
        model_destroy(&m);
        model_destroy(&n);
    }
}

static double bytes_of(const char *way, int length) {
    setup_t s = setup_of(arch_find("gpt"), norm_find("pre_ln"));
    s.shape.seq_len = length;
    snprintf(s.options.attention, sizeof s.options.attention, "%s", way);
    model_t *m = ready(&s, GRAPH_TRAIN);
    double bytes = model_cost(m).bytes;
    model_destroy(&m);
    return bytes;
}

static void recomputed_weights_take_memory_linear_in_length(void **state) {
    (void)state;
    assert_true(bytes_of("recomputed", 1024) < 2.1 * bytes_of("recomputed", 512));
    assert_true(bytes_of("stored", 1024) > 3.2 * bytes_of("stored", 512));
}

static void long_sequences_are_recomputed_unless_said_otherwise(void **state) {
    (void)state;
    assert_true(bytes_of("auto", 511) == bytes_of("stored", 511));
    assert_true(bytes_of("auto", 512) == bytes_of("recomputed", 512));
    assert_true(bytes_of("", 511) == bytes_of("stored", 511));
    assert_true(bytes_of("stored", 512) > bytes_of("recomputed", 512));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(both_ways_give_the_same_loss_gradient_and_product),
        cmocka_unit_test(recomputed_weights_take_memory_linear_in_length),
        cmocka_unit_test(long_sequences_are_recomputed_unless_said_otherwise),
    };
    gemm_start(1);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
