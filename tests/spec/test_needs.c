/* An option without what it needs is refused; with it, wherever it stands, it is taken. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "spec/spec.h"
#include "train/train.h"

#define HEAD "name: a\n"

static const struct idle {
    const char *text, *key, *wanted;
    int line;
} idle[] = {
    {HEAD "train.momentum: 0.8\n", "train.momentum", "train.optimizer: sgd", 2},
    {HEAD "\ntrain.beta1: 0.8\ntrain.optimizer: sgd\n", "train.beta1",
     "train.optimizer: adamw or lamb", 3},
    {HEAD "kss.every: 5\n", "kss.every", "kss.alpha", 2},
    {HEAD "axes: {product: {kss.gamma: [0.3, 0.5]}}\n", "kss.gamma", "kss.alpha", 2},
    {HEAD "arms:\n  base: {}\n  a: {kss.sham: true}\n", "kss.sham", "kss.alpha", 4},
    {HEAD "arms:\n  base: {}\n  kss: {kss.alpha: 0.1}\n  sham: {kss.sham: true}\n", "kss.sham",
     "kss.alpha, which no trial of arm sham has", 5},
    {HEAD "arms:\n  base: {}\n  sgd: {train: {optimizer: sgd, beta1: 0.5}}\n", "train.beta1",
     "which no trial of arm sgd has", 4},
    {HEAD "seed: 1\nsearch: {key: train.momentum, from: 0.1, to: 0.5, rounds: 2}\n",
     "train.momentum", "train.optimizer: sgd", 3},
    {HEAD "include: [{model.kv_heads: 2}]\n", "model.kv_heads", "model.arch: llama", 2},
    {HEAD "curvature.products: 3\n", "curvature.products", "curvature.every", 2},
    {HEAD "curvature.every: 9\ncurvature.lanczos_steps: 9\n", "curvature.lanczos_steps",
     "curvature.method: lanczos", 3},
    {HEAD "penalty.every: 5\n", "penalty.every",
     "penalty.residual_l2 or penalty.jacobian or penalty.activation_variance", 2},
    {HEAD "axes: {product: {train.optimizer: [sgd, lion]}}\ntrain.eps: 1e-6\n", "train.eps",
     "train.optimizer: adamw or lamb", 3},
};

static void test_an_option_without_effect_is_refused(void **state) {
    (void)state;
    for (size_t i = 0; i < sizeof idle / sizeof *idle; i++) {
        spec_t *spec;
        char start[128];
        snprintf(start, sizeof start, "a.yaml:%d: %s: ", idle[i].line, idle[i].key);
        assert_int_equal(
            spec_parse("a.yaml", idle[i].text, strlen(idle[i].text), train_field_sets, &spec),
            STATUS_SPEC);
        assert_memory_equal(status_message(), start, strlen(start));
        assert_non_null(strstr(status_message(), idle[i].wanted));
    }
}

static const char *const useful[] = {
    HEAD "train: {optimizer: lamb, beta1: 0.8}\n",
    HEAD "kss.every: 5\naxes: {product: {kss.alpha: [0, 0.1]}}\n",
    HEAD "kss.every: 5\narms: {base: {}, kss: {kss.alpha: 0.1}}\n",
    HEAD "axes: {product: {kss.alpha: [0, 0.1]}}\narms: {base: {}, sham: {kss.sham: true}}\n",
    HEAD "kss: {alpha: 0.1, every: 5}\narms: {base: {}, none: {kss.alpha: 0}}\n",
    HEAD "train.beta1: 0.8\naxes: {product: {train.optimizer: [lion, adamw]}}\n",
    HEAD "train.beta1: 0.8\naxes: {product: {train.optimizer: [lion]}}\n"
         "include: [{train.lr: 1}]\n",
    HEAD "model.kv_heads: 2\ninclude: [{model.arch: llama}]\n",
    HEAD "curvature: {every: 5, method: lanczos, lanczos_steps: 9}\n",
    HEAD "kss.every: 10\ntrain.momentum: 0.9\n", /* the defaults */
};

static void test_an_option_with_effect_is_taken(void **state) {
    (void)state;
    for (size_t i = 0; i < sizeof useful / sizeof *useful; i++) {
        spec_t *spec;
        assert_int_equal(
            spec_parse("a.yaml", useful[i], strlen(useful[i]), train_field_sets, &spec), STATUS_OK);
        spec_destroy(&spec);
    }
}

static void test_a_spec_with_all_defaults_written_out_is_taken(void **state) {
    (void)state;
    spec_t *spec, *again;
    const char *text = HEAD "train.lr: 1\n";
    assert_int_equal(spec_parse("a.yaml", text, strlen(text), train_field_sets, &spec), STATUS_OK);
    const char *expanded = spec_expanded(spec);
    assert_int_equal(spec_parse("b.yaml", expanded, strlen(expanded), train_field_sets, &again),
                     STATUS_OK);
    spec_destroy(&spec);
    spec_destroy(&again);
}

static int is_known(const char *key, size_t length) {
    for (const field_set_t *const *set = train_field_sets; *set; set++)
        for (size_t i = 0; i < (*set)->count; i++) {
            const char *known = (*set)->fields[i].key;
            if (strlen(known) == length && strncmp(known, key, length) == 0) return 1;
        }
    return 0;
}

static void test_every_need_names_a_known_key(void **state) {
    (void)state;
    for (const field_set_t *const *set = train_field_sets; *set; set++)
        for (size_t i = 0; i < (*set)->count; i++) {
            const char *needs = (*set)->fields[i].needs;
            for (; needs && *needs; needs += strcspn(needs, " "), needs += strspn(needs, " "))
                assert_true(is_known(needs, strcspn(needs, "= ")));
        }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_an_option_without_effect_is_refused),
        cmocka_unit_test(test_an_option_with_effect_is_taken),
        cmocka_unit_test(test_a_spec_with_all_defaults_written_out_is_taken),
        cmocka_unit_test(test_every_need_names_a_known_key),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
