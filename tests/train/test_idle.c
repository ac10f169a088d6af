/* Options that trials are too short for: which are told, and of which trials. */
#include "train/sweep_text.h"

#include "train/idle.h"

static char told[2048];

static void append(void *context, const char *sentence) {
    (void)context;
    snprintf(told + strlen(told), sizeof told - strlen(told), "%s\n", sentence);
}

static void assert_told(const char *options, const char *expected) {
    sweep_text_t sweep = sweep_of(options);
    told[0] = '\0';
    idle_options(sweep.plan, append, NULL);
    assert_string_equal(told, expected);
    sweep_end(&sweep);
}

static void what_comes_too_late_is_told(void **state) {
    (void)state;
    assert_told("train: {steps: 50, warmup: 51}",
                "train.warmup: 51 steps are too many for 1 of 1 trials, which have 50 "
                "(train.steps): the learning rate does not reach its peak\n");
    assert_told("train: {steps: 50, valid_every: 50}",
                "train.valid_every: 50 steps are too many for 1 of 1 trials, which have 50 "
                "(train.steps): there is no validation before the end\n");
    assert_told("train.steps: 50\nkss: {alpha: 0.1, every: 60}\n",
                "kss.every: 60 steps are too many for 1 of 1 trials, which have 50 (train.steps): "
                "the shaping is applied at the first step alone\n");
}

/* An architecture that is there in name only. */
static void kinds_of_layers_that_no_layer_is_of_are_told(void **state) {
    (void)state;
    assert_told("model: {arch: moe, moe_every: 3}",
                "model.moe_every: 3 layers are too many for 1 of 1 trials, which have 2 "
                "(model.layers): no layer has experts\n");
    assert_told("model: {arch: mamba, attention_every: 3}",
                "model.attention_every: 3 layers are too many for 1 of 1 trials, which have 2 "
                "(model.layers): no layer is attention\n");
    assert_told("model: {arch: mamba, attention_every: 2}", "");
}

static void the_trials_it_is_true_of_are_counted(void **state) {
    (void)state;
    assert_told("replicas: 2\ntrain.valid_every: 20\naxes: {product: {train.steps: [10, 20, 30]}}",
                "train.valid_every: 20 steps are too many for 4 of 6 trials, which have 10 "
                "(train.steps): there is no validation before the end\n");
}

static void what_is_in_time_or_a_default_is_not_told(void **state) {
    (void)state;
    assert_told("train: {steps: 50, warmup: 50, valid_every: 49}", "");
    assert_told("train.steps: 5\nkss.alpha: 0.1\n", "");
    assert_told("train: {steps: 0, warmup: 10, valid_every: 10}", "");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_comes_too_late_is_told),
        cmocka_unit_test(kinds_of_layers_that_no_layer_is_of_are_told),
        cmocka_unit_test(the_trials_it_is_true_of_are_counted),
        cmocka_unit_test(what_is_in_time_or_a_default_is_not_told),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
