/* Options "model.*" of a sweep file become a model: every one arrives, and model_describe costs no
 * memory. */
#include "model/resources.h"
#include "model/setup.h"

typedef struct sweep {
    spec_t *spec;
    plan_t *plan;
    const config_t *config;
} sweep_t;

static sweep_t sweep_of(const char *lines) {
    static const field_set_t *const sets[] = {&model_fields,     &gpt_fields,       &llama_fields,
                                              &precision_fields, &resources_fields, NULL};
    char text[1024];
    sweep_t s = {0};
    snprintf(text, sizeof text, "name: sample\nseed: 1\nreplicas: 1\n%s", lines);
    status_t status = spec_parse("sample.yaml", text, strlen(text), sets, &s.spec);
    if (status == STATUS_OK) status = plan_create(s.spec, &s.plan);
    if (status != STATUS_OK) fail_msg("%s", status_message());
    s.config = plan_trial(s.plan, 0)->config;
    return s;
}

static void sweep_destroy(sweep_t *s) {
    plan_destroy(&s->plan);
    spec_destroy(&s->spec);
}

static const task_shape_t text = {.kind = TASK_TOKENS, .seq_len = 8, .vocab = 11};

static void every_option_arrives(void **state) {
    (void)state;
    sweep_t s = sweep_of("model: {arch: llama, norm: sub_ln, width: 24, layers: 3, heads: 6,\n"
                         "        kv_heads: 2, ffn: 7, rope_base: 500,\n"
                         "        init_std: 0.25, embed_std: 0.125, residual_init: true,\n"
                         "        tied_head: true, norm_epsilon: 1e-6}\n");
    model_t *m = NULL;
    assert_int_equal(model_create(s.config, &text, 2, GRAPH_TRAIN, &m), STATUS_OK);
    const model_options_t *o = model_options(m);
    assert_string_equal(o->arch, "llama");
    assert_string_equal(o->norm, "sub_ln");
    assert_true(o->width == 24 && o->layers == 3 && o->heads == 6 && o->ffn == 7);
    const struct llama_options *own = o->own;
    assert_true(own->kv_heads == 2 && own->rope_base == 500);
    assert_true(o->init_std == 0.25 && o->embed_std == 0.125);
    assert_true(o->residual_init && o->tied_head && o->norm_epsilon == 1e-6);
    model_destroy(&m);
    sweep_destroy(&s);
}

static void defaults_are_a_small_gpt(void **state) {
    (void)state;
    sweep_t s = sweep_of("");
    model_t *m = NULL;
    assert_int_equal(model_create(s.config, &text, 2, GRAPH_TRAIN, &m), STATUS_OK);
    const model_options_t *o = model_options(m);
    assert_string_equal(o->arch, "gpt");
    assert_string_equal(o->norm, "pre_ln");
    assert_true(o->width == 128 && o->layers == 4 && o->heads == 4 && o->ffn == 512);
    assert_true(o->init_std == 0.02 && o->embed_std == 0.02 && o->norm_epsilon == 1e-5);
    assert_false(o->residual_init || o->tied_head);
    model_destroy(&m);
    sweep_destroy(&s);
}

/* A description knows what the model will cost without holding it. */
static void a_description_costs_what_the_model_does(void **state) {
    (void)state;
    sweep_t s = sweep_of("model: {width: 32, heads: 2}\n");
    model_t *described = NULL, *m = NULL;
    assert_int_equal(model_describe(s.config, &text, 3, GRAPH_CURVATURE, &described), STATUS_OK);
    assert_int_equal(model_create(s.config, &text, 3, GRAPH_CURVATURE, &m), STATUS_OK);
    model_cost_t a = model_cost(described), b = model_cost(m);
    assert_true(a.parameters == b.parameters && a.parameters > 0);
    assert_true(a.forward_flops == b.forward_flops && a.forward_flops > 0);
    assert_true(a.bytes == b.bytes && a.bytes > 0);
    assert_null(graph_theta(model_graph(described)));
    model_destroy(&described);
    model_destroy(&m);
    sweep_destroy(&s);
}

static void a_refused_option_makes_no_model(void **state) {
    (void)state;
    sweep_t s = sweep_of("model: {width: 32, heads: 3}\n");
    model_t *m = NULL;
    assert_int_equal(model_describe(s.config, &text, 2, GRAPH_TRAIN, &m), STATUS_SPEC);
    assert_null(m);
    sweep_destroy(&s);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_option_arrives),
        cmocka_unit_test(defaults_are_a_small_gpt),
        cmocka_unit_test(a_description_costs_what_the_model_does),
        cmocka_unit_test(a_refused_option_makes_no_model),
    };
    gemm_start(1);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
