/* model_backward_from: the derivative of sum_k <seed_k, h_k> is exact, in all memory plans, and
 * where the plan keeps activations also straight after another backward pass. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/rng.h"
#include "kernel/vector.h"
#include "model/model.h"

enum { T = 6, BATCH = 2, VOCAB = 11, WIDTH = 8, LAYERS = 3, STATE = BATCH * T * WIDTH };

static model_t *create(const char *norm, graph_mode_t mode) {
    model_options_t options = {.arch = "gpt",
                               .width = WIDTH,
                               .layers = LAYERS,
                               .heads = 2,
                               .norm_epsilon = 1e-5,
                               .init_std = 0.3,
                               .embed_std = 0.5};
    strcpy(options.norm, norm);
    task_shape_t shape = {.kind = TASK_TOKENS, .seq_len = T, .vocab = VOCAB};
    model_t *model = NULL;
    assert_int_equal(model_create_from(&options, &shape, BATCH, mode, &model), 0);
    model_init(model, 1, 0);
    int32_t ids[2 * BATCH * T];
    for (int i = 0; i < 2 * BATCH * T; i++) ids[i] = i * 7 % VOCAB;
    model_load(model, &(batch_t){.size = BATCH, .tokens = ids, .targets = ids + BATCH * T});
    return model;
}

static double weighted_states(model_t *model, int count, const int *layers,
                              const flt *const *seeds) {
    double sum = 0;
    model_hidden_states(model);
    for (int k = 0; k < count; k++)
        sum += vector_dot(model_hidden(model, layers[k]).at.v, seeds[k], STATE);
    return sum;
}

/* Relative difference of the directional derivative from central differences. */
static double error_of(const char *norm, graph_mode_t mode, int count, const int *layers) {
    model_t *model = create(norm, mode);
    graph_t *g = model_graph(model);
    long n = graph_size(g);
    flt seed[LAYERS + 1][STATE], *direction = calloc((size_t)n, sizeof(flt));
    const flt *seeds[LAYERS + 1];
    rng_t rng = rng_open(5, 0, "seeds", 0);
    for (int k = 0; k <= LAYERS; k++) {
        seeds[k] = seed[k];
        for (int i = 0; i < STATE; i++) seed[k][i] = rng_normal(&rng);
    }
    for (long i = 0; i < n; i++) direction[i] = rng_normal(&rng);
    model_gradient(model); /* leaves its own gradients in the buffers: must not matter */
    memset(graph_gradient(g), 0, (size_t)n * sizeof(flt));
    if (!model_is_held(model, model_passes(model))) model_hidden_states(model);
    model_backward_from(model, count, layers, seeds);
    assert_false(model_is_held(model, model_passes(model) - 1));
    double exact = vector_dot(graph_gradient(g), direction, n), h = 1e-6;
    vector_add(h, direction, graph_theta(g), n);
    double above = weighted_states(model, count, layers, seeds);
    vector_add(-2 * h, direction, graph_theta(g), n);
    double below = weighted_states(model, count, layers, seeds);
    free(direction);
    model_destroy(&model);
    return fabs(exact - (above - below) / (2 * h)) / fabs(exact);
}

static void seeds_give_the_derivative(void **state) {
    (void)state;
    static const char *const norms[] = {"pre_ln", "post_ln", "deep_norm", "sub_ln", "none"};
    static const graph_mode_t modes[] = {GRAPH_TRAIN, GRAPH_KEEP, GRAPH_CURVATURE};
    for (int i = 0; i < 5; i++)
        for (int m = 0; m < 3; m++) {
            assert_true(error_of(norms[i], modes[m], 1, (int[]){0}) < 1e-7);
            assert_true(error_of(norms[i], modes[m], 1, (int[]){LAYERS}) < 1e-7);
            assert_true(error_of(norms[i], modes[m], 2, (int[]){1, 2}) < 1e-7);
            assert_true(error_of(norms[i], modes[m], 4, (int[]){0, 1, 2, 3}) < 1e-7);
        }
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(seeds_give_the_derivative)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
