/* Spectral and weight normalisation. */
#include "stabilizer/rig.h"

#include "stabilizer/spectral_norm.h"
#include "stabilizer/weight_norm.h"
#include "stabilizer/weights.h"

static const parameter_t *find(const rig_t *rig, const char *name) {
    for (long p = 0; p < graph_parameter_count(rig->graph); p++)
        if (strcmp(graph_parameters(rig->graph)[p].name, name) == 0)
            return &graph_parameters(rig->graph)[p];
    fail_msg("no parameter %s", name);
    return NULL;
}

static void embeddings_gains_and_biases_are_no_weight_matrices(void **state) {
    (void)state;
    rig_t rig = rig_create(&stabilizer_spectral_norm, "");
    assert_true(is_weight_matrix(find(&rig, "block.1.mlp.down.weight")));
    assert_true(is_weight_matrix(find(&rig, "head.weight")));
    assert_false(is_weight_matrix(find(&rig, "tok_emb")));
    assert_false(is_weight_matrix(find(&rig, "block.0.norm1.gain")));
    assert_false(is_weight_matrix(find(&rig, "block.0.mlp.up.bias")));
    assert_int_equal(weight_rows(rig.graph), 2 * (96 + 32 + 128 + 32) + 32);
    rig_destroy(&rig);
}

/* W = 3 a b^T + 2 c d^T with orthonormal a, c and b, d, made of cosines: singular values 3 and 2.
 */
static void set_singular_values(flt *w, long rows, long cols, double first, double second) {
    for (long i = 0; i < rows; i++)
        for (long j = 0; j < cols; j++) {
            double x = M_PI * ((double)i + 0.5) / (double)rows;
            double y = M_PI * ((double)j + 0.5) / (double)cols;
            double scale = 2 / sqrt((double)(rows * cols));
            w[i * cols + j] =
                (flt)(scale * (first * cos(x) * cos(3 * y) + second * cos(2 * x) * cos(y)));
        }
}

static void the_largest_singular_value_is_held(void **state) {
    (void)state;
    rig_t rig = rig_create(&stabilizer_spectral_norm, "train.spectral_norm: 1.5");
    const parameter_t *at = find(&rig, "block.0.mlp.up.weight");
    flt *w = rig.theta + at->offset, *expected = rig_copy(&rig, rig.theta);
    step_t step = {.model = rig.model, .batch = &rig.batch};
    for (int i = 0; i < 30; i++) { /* the vector finds its way to a new matrix */
        set_singular_values(w, at->rows, at->cols, 3, 2);
        rig.row->after_update(rig.state, &step);
    }
    set_singular_values(expected, at->rows, at->cols, 1.5, 1);
    for (long i = 0; i < at->rows * at->cols; i++)
        assert_near((double)w[i], (double)expected[i], 1e-5);
    free(expected);
    rig_destroy(&rig);
}

static void smaller_matrices_and_embeddings_stay(void **state) {
    (void)state;
    rig_t rig = rig_create(&stabilizer_spectral_norm, "train.spectral_norm: 1");
    const parameter_t *at = find(&rig, "tok_emb");
    rig.theta[at->offset] = 100;
    flt *before = rig_copy(&rig, rig.theta);
    step_t step = {.model = rig.model, .batch = &rig.batch};
    rig.row->after_update(rig.state, &step);
    assert_memory_equal(rig.theta, before, (size_t)rig.size * sizeof *before);
    free(before);
    rig_destroy(&rig);
}

/* optax 0.2.8's adamw (weight decay 0.1) on {g, v} with gradients by JAX of <G, g v / |v|>, in
 * float64: w after each step, and the norm of dL/d(g, v). The row's other numbers are and stay 0.
 */
static void rows_move_as_length_times_direction(void **state) {
    (void)state;
    static const struct {
        flt gradient[2];
        double lr, norm, w[2];
    } steps[] = {
        {{0.1f, -0.2f}, 1e-2, 0.223606797749979, {0.483833876955557, -1.24417952683552}},
        {{0.4f, -0.1f}, 2e-2, 0.409136708436444, {0.457344954418497, -1.22997534775362}},
        {{-0.3f, 0.25f}, 5e-3, 0.387376660819429, {0.455735885757399, -1.22946723901446}},
    };
    rig_t rig =
        rig_create(&stabilizer_weight_norm, "train: {weight_norm: true, weight_decay: 0.1}");
    optim_t *optim;
    rig.row->destroy(rig.state);
    rig.state = NULL;
    flt *w = rig.theta + find(&rig, "block.0.attn.out.weight")->offset;
    memset(rig.theta, 0, (size_t)rig.size * sizeof *rig.theta);
    w[0] = 0.5f, w[1] = -1.25f;
    assert_int_equal(rig.row->create(rig.trial, rig.model, &rig.state), STATUS_OK);
    assert_int_equal(optim_create(rig.trial->config, rig.graph, &optim), STATUS_OK);
    for (int k = 0; k < 3; k++) {
        step_t step = {.number = k, .model = rig.model, .batch = &rig.batch, .lr = steps[k].lr};
        memset(rig.gradient, 0, (size_t)rig.size * sizeof *rig.gradient);
        memcpy(rig.gradient + (w - rig.theta), steps[k].gradient, sizeof steps[k].gradient);
        rig.row->after_gradient(rig.state, &step);
        assert_near(step.grad_norm, steps[k].norm, 1e-6);
        optim_step(optim, k + 1, steps[k].lr);
        rig.row->after_update(rig.state, &step);
        for (int i = 0; i < 2; i++) assert_near((double)w[i], steps[k].w[i], 1e-6);
    }
    optim_destroy(&optim);
    rig_destroy(&rig);
}

/* A row of zeros moves as it is, and has a direction from then on. */
static void a_row_of_zeros_starts_to_move(void **state) {
    (void)state;
    rig_t rig =
        rig_create(&stabilizer_weight_norm,
                   "train: {weight_norm: true, optimizer: sgd, momentum: 0, weight_decay: 0}");
    flt *w = rig.theta + find(&rig, "head.weight")->offset;
    rig.row->destroy(rig.state);
    rig.state = NULL;
    memset(w, 0, 32 * sizeof *w);
    assert_int_equal(rig.row->create(rig.trial, rig.model, &rig.state), STATUS_OK);
    step_t step = {.model = rig.model, .batch = &rig.batch, .lr = 0.1};
    rig.row->after_gradient(rig.state, &step);
    w[3] = 2; /* the optimizer */
    rig.row->after_update(rig.state, &step);
    assert_true(w[3] == 2);
    rig.row->after_gradient(rig.state, &step);
    rig.row->after_update(rig.state, &step);
    assert_near((double)w[3], 2, 1e-5);
    for (long i = 0; i < rig.size; i++) assert_true(isfinite(rig.theta[i]));
    rig_destroy(&rig);
}

static void what_does_not_go_with_weight_norm_is_refused(void **state) {
    (void)state;
    static const char *const others[] = {"train.spectral_norm: 1", "qk_clip.limit: 10",
                                         "arch_warmup.groups: 1", "train.mup_base_width: 16",
                                         "curvature.every: 2"};
    for (int i = 0; i < 5; i++) {
        char options[128];
        stabilizer_needs_t needs;
        snprintf(options, sizeof options, "train.weight_norm: true\n%s", others[i]);
        sweep_text_t sweep = sweep_of(options);
        const config_t *config = plan_trial(sweep.plan, 0)->config;
        assert_int_equal(stabilizers_needs(config, &needs), STATUS_SPEC);
        assert_non_null(strstr(status_message(), "train.weight_norm"));
        sweep_end(&sweep);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(embeddings_gains_and_biases_are_no_weight_matrices),
        cmocka_unit_test(the_largest_singular_value_is_held),
        cmocka_unit_test(smaller_matrices_and_embeddings_stay),
        cmocka_unit_test(rows_move_as_length_times_direction),
        cmocka_unit_test(a_row_of_zeros_starts_to_move),
        cmocka_unit_test(what_does_not_go_with_weight_norm_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
