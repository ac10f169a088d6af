/* Options that do not go together are refused with one sentence: the key, the value, the remedy. */
#include "model/setup.h"

typedef struct refusal {
    const char *arch;
    void (*change)(setup_t *s);
    const char *says[3];
} refusal_t;

static void no_heads(setup_t *s) { s->options.heads = 0; }
static void three_heads(setup_t *s) { s->options.heads = 3; }
static void images(setup_t *s) {
    s->shape = (task_shape_t){.kind = TASK_IMAGES, .image = 6, .patch = 3, .vocab = 5};
}
static void tokens(setup_t *s) {
    s->shape = (task_shape_t){.kind = TASK_TOKENS, .seq_len = 5, .vocab = 7};
}
static void tied(setup_t *s) { s->options.tied_head = true; }
static void odd_heads(setup_t *s) { s->options.width = 6; }
static void bad_sharing(setup_t *s) {
    static const struct llama_options three = {.kv_heads = 3, .rope_base = 100};
    s->options.heads = 4, s->options.own = &three;
}
static void too_many_experts(setup_t *s) {
    struct moe_options *own = own_options(s, &moe_fields);
    own->experts = 3, own->active = 4;
}
static void shared_keys_of_gpt(setup_t *s) {
    struct llama_options *own = own_options(s, &llama_fields);
    own->kv_heads = 1;
}
static void unknown_arch(setup_t *s) { strcpy(s->options.arch, "gpt5"); }
static void unknown_norm(setup_t *s) { strcpy(s->options.norm, "batch_norm"); }

static const refusal_t refusals[] = {
    {"gpt", three_heads, {"model.heads", "3", "8"}},
    {"gpt", no_heads, {"model.heads", "0", "8"}},
    {"vit", three_heads, {"model.heads", "3", "8"}},
    {"llama", three_heads, {"model.heads", "3", "8"}},
    {"gpt", images, {"model.arch", "gpt", "images"}},
    {"llama", images, {"model.arch", "llama", "images"}},
    {"vit", tokens, {"model.arch", "vit", "token"}},
    {"vit", tied, {"model.tied_head"}},
    {"llama", odd_heads, {"model.heads", "even"}},
    {"llama", bad_sharing, {"model.kv_heads", "model.heads"}},
    {"moe", too_many_experts, {"model.experts_active", "4", "3"}},
    {"moe", shared_keys_of_gpt, {"model.kv_heads", "model.block", "llama"}},
    {"gpt", unknown_arch, {"model.arch", "gpt5", "llama"}},
    {"gpt", unknown_norm, {"model.norm", "batch_norm", "pre_ln"}},
};
enum { REFUSALS = sizeof refusals / sizeof refusals[0] };

static void options_that_do_not_go_together_are_refused(void **state) {
    (void)state;
    for (int i = 0; i < REFUSALS; i++) {
        setup_t s = setup_of(arch_find(refusals[i].arch), norm_find("pre_ln"));
        refusals[i].change(&s);
        model_t *m = NULL;
        assert_int_equal(model_create_from(&s.options, &s.shape, 2, GRAPH_TRAIN, &m), STATUS_SPEC);
        assert_null(m);
        for (int k = 0; k < 3 && refusals[i].says[k]; k++) {
            if (!strstr(status_message(), refusals[i].says[k]))
                print_error("\"%s\" does not say \"%s\"\n", status_message(), refusals[i].says[k]);
            assert_non_null(strstr(status_message(), refusals[i].says[k]));
        }
    }
}

/* 2^48 attention weights: more than any address space. */
static void a_model_too_large_for_memory_is_refused(void **state) {
    (void)state;
    setup_t s = setup_of(arch_find("gpt"), norm_find("none"));
    s.options.width = 256, s.options.heads = 256, s.options.layers = 1, s.options.ffn = 1;
    s.shape.seq_len = 1 << 20; /* stored attention weights of 1 PB */
    strcpy(s.options.attention, "stored");
    model_t *m = NULL;
    assert_int_equal(model_create_from(&s.options, &s.shape, 1, GRAPH_TRAIN, &m),
                     STATUS_ENVIRONMENT);
    assert_null(m);
    assert_non_null(strstr(status_message(), "memory"));
}

static void the_smallest_models_run(void **state) {
    (void)state;
    for (int a = 0; arch_rows[a]; a++) {
        setup_t s = setup_of(arch_rows[a], norm_find("post_ln"));
        s.options.width = 2, s.options.heads = 1, s.options.layers = 1, s.options.ffn = 1;
        s.shape.seq_len = 1, s.shape.vocab = 2, s.shape.image = 1, s.shape.patch = 1, s.batch = 1;
        model_t *m = ready(&s, GRAPH_CURVATURE);
        assert_true(isfinite(model_gradient(m).mean));
        flt *v = random_direction(m, 0);
        assert_true(isfinite(model_product(m, v, v)));
        assert_true(isfinite(vector_norm(v, model_size(m))));
        free(v);
        model_destroy(&m);
    }
}

static void nothing_to_destroy_is_fine(void **state) {
    (void)state;
    model_t *none = NULL;
    model_destroy(&none);
    assert_null(none);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(options_that_do_not_go_together_are_refused),
        cmocka_unit_test(a_model_too_large_for_memory_is_refused),
        cmocka_unit_test(the_smallest_models_run),
        cmocka_unit_test(nothing_to_destroy_is_fine),
    };
    gemm_start(1);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
