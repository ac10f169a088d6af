/* The curvature probe inside trials: what it measures, and that training does not notice. */
#include "train/sweep_text.h"

#include "base/rng.h"
#include "kernel/vector.h"
#include "model/model.h"
#include "near.h"
#include "optim/optim.h"
#include "spectral/lanczos.h"

#define QUIET "probe.rksp.steps: []\ntrain.valid_batches: 0\ntrain.batch: 8\n"

static void assert_same_bits(const record_t *a, const record_t *b, const char *path) {
    const record_item_t *x = item_of(a, path), *y = item_of(b, path);
    assert_int_equal(record_item_count(x), record_item_count(y));
    if (memcmp(x->data, y->data, record_item_count(x) * record_type_size(x->type)) != 0)
        fail_msg("%s differs", path);
}

/* --- training goes its way --- */

/* `others` are further lines of the sweep file. */
static void assert_unnoticed(const char *curvature, const char *training, const char *others) {
    char text[1024];
    record_t measured = {0}, plain = {0};
    snprintf(text, sizeof text,
             QUIET "train: {steps: 9, lr: 0.02, %s}\n%s\ncurvature: {every: 2, %s}", training,
             others, curvature);
    run_first(text, &measured);
    snprintf(text, sizeof text, QUIET "train: {steps: 9, lr: 0.02, %s}\n%s", training, others);
    run_first(text, &plain);
    assert_same_bits(&measured, &plain, "series/loss");
    assert_same_bits(&measured, &plain, "series/grad_norm");
    assert_int_equal(item_of(&measured, "curvature/step")->shape[0], 5);
    record_clear(&measured);
    record_clear(&plain);
}

static void measuring_leaves_the_trajectory_as_it_is(void **state) {
    (void)state;
    assert_unnoticed("products: 2", "optimizer: adamw", "");
    assert_unnoticed("method: lanczos, lanczos_steps: 4", "optimizer: adamw", "");
    assert_unnoticed("products: 2, batches: 3", "clip: 0.1", "");
    assert_unnoticed("products: 2, chunk: 4, blocks: true", "clip: 0.1", "");
    assert_unnoticed("products: 2, chunk: 2, batches: 2", "optimizer: adamw", "");
    assert_unnoticed("products: 2, cold_start: true, preconditioned: false", "optimizer: sgd", "");
    assert_unnoticed("products: 2, batches: 3", "clip: 0.1", "qk_clip.limit: 0.001");
    assert_unnoticed("products: 2", "sam_rho: 0.5", "qk_clip.limit: 0.001");
    assert_unnoticed("products: 2, batches: 2", "gradient_penalty: 0.1", "kss.alpha: 0.1");
    assert_unnoticed("products: 2", "spectral_norm: 0.2", "penalty: {every: 2, jacobian: 1}");
}

static void off_means_nothing_is_there(void **state) {
    (void)state;
    record_t record = {0};
    run_first(QUIET "train.steps: 3\ncurvature.every: 0", &record);
    assert_null(record_find(&record, "curvature/step"));
    assert_null(record_find(&record, "summary/max_lr_lambda"));
    record_clear(&record);
}

/* --- the numbers --- */

/* A trial's model after its steps so far, put together here by hand. */
typedef struct bench {
    sweep_text_t sweep;
    const trial_t *trial;
    task_t *task;
    batch_t batch;
    model_t *model;
    optim_t *optim;
    long size;
} bench_t;

static bench_t bench_of(const char *options) {
    bench_t b = {.sweep = sweep_of(options)};
    const task_row_t *row;
    task_shape_t shape;
    b.trial = plan_trial(b.sweep.plan, 0);
    const config_t *config = b.trial->config;
    int size = (int)config_number(config, "train.batch");
    if (task_describe(config, &row, &shape) || task_open(b.trial, &b.task) ||
        batch_create(&shape, size, &b.batch) ||
        model_create(config, &shape, size, GRAPH_CURVATURE, &b.model) ||
        optim_create(config, model_graph(b.model), &b.optim))
        fail_msg("%s", status_message());
    model_init(b.model, b.trial->seed, b.trial->replica);
    b.size = model_size(b.model);
    return b;
}

static void bench_end(bench_t *b) {
    optim_destroy(&b->optim);
    model_destroy(&b->model);
    batch_destroy(&b->batch);
    task_close(&b->task);
    sweep_end(&b->sweep);
}

static const flt *bench_gradient(bench_t *b, int64_t step) {
    task_row(b->task)->train(b->task, step, &b->batch);
    model_load(b->model, &b->batch);
    model_gradient(b->model);
    return graph_gradient(model_graph(b->model));
}

/* P^-1/2 H P^-1/2 of the batch whose gradient was taken last. */
typedef struct scaled {
    model_t *model;
    const double *p;
} scaled_t;

static void apply_scaled(void *context, const flt *v, flt *av) {
    const scaled_t *s = context;
    long n = model_size(s->model);
    for (long i = 0; i < n; i++) av[i] = (flt)(v[i] / sqrt(s->p[i]));
    model_product(s->model, av, av);
    for (long i = 0; i < n; i++) av[i] = (flt)(av[i] / sqrt(s->p[i]));
}

/* Both ends of the spectrum by a long Lanczos run of our own. */
static eigenpair_t ends_of(bench_t *b, const double *p) {
    enum { STEPS = 60 };
    eigenpair_t pair;
    scaled_t scaled = {b->model, p};
    symmetric_t op = {apply_scaled, &scaled, b->size};
    flt *v = malloc((size_t)b->size * sizeof *v);
    flt *work = malloc((size_t)lanczos_work(b->size, STEPS) * sizeof *work);
    rng_t rng = rng_open(5, 0, "any", 0);
    for (long i = 0; i < b->size; i++) v[i] = (flt)rng_normal(&rng);
    symmetric_normalise(v, b->size);
    assert_int_equal(lanczos_extremes(&op, STEPS, v, work, &pair), STATUS_OK);
    free(v);
    free(work);
    return pair;
}

/* Adam's first P is |g| + eps: v^ of one gradient is its square. */
static void both_methods_find_the_ends_of_both_matrices(void **state) {
    (void)state;
    bench_t b = bench_of(QUIET "train.steps: 1");
    const flt *g = bench_gradient(&b, 0);
    double *p = malloc((size_t)b.size * sizeof *p);
    for (long i = 0; i < b.size; i++) p[i] = 1;
    eigenpair_t h = ends_of(&b, p);
    for (long i = 0; i < b.size; i++) p[i] = fabs((double)g[i]) + 1e-8;
    eigenpair_t scaled = ends_of(&b, p);
    record_t power = {0}, lanczos = {0};
    run_first(QUIET "train.steps: 1\ncurvature: {every: 1, products: 400}", &power);
    run_first(QUIET "train.steps: 1\ncurvature: {every: 1, method: lanczos, lanczos_steps: 60}",
              &lanczos);
    assert_near(vector_of(&power, "curvature/hessian_lambda")[0] / h.value, 1, 1e-4);
    assert_near(vector_of(&lanczos, "curvature/hessian_lambda")[0] / h.value, 1, 1e-4);
    assert_near(vector_of(&lanczos, "curvature/hessian_lambda_min")[0] / h.smallest, 1, 1e-4);
    assert_near(vector_of(&power, "curvature/preconditioned_lambda")[0] / scaled.value, 1, 1e-2);
    assert_near(vector_of(&lanczos, "curvature/preconditioned_lambda")[0] / scaled.value, 1, 1e-2);
    record_clear(&power);
    record_clear(&lanczos);
    free(p);
    bench_end(&b);
}

/* One product a step, followed by hand in float64: at step 0 from the random start u, leaving
 * u' = G_0 u / |G_0 u|; at step 1 from P_1^1/2 P_0^-1/2 u', of length 1. */
static void the_eigenvector_of_g_is_carried_along(void **state) {
    (void)state;
    enum { N_MAX = 1 << 16 };
    static double p[N_MAX], u[N_MAX], g0[N_MAX];
    static flt v[N_MAX], image[N_MAX];
    const char *options = QUIET "train: {steps: 2, lr: 0.01, eps: 1e-6}\n"
                                "curvature: {every: 1, products: 1, hessian: false}";
    bench_t b = bench_of(options);
    long n = b.size;
    scaled_t scaled = {b.model, p};
    rng_t rng = rng_open(b.trial->seed, b.trial->replica, "curvature.start", 0);
    assert_true(n < N_MAX);
    const flt *g = bench_gradient(&b, 0);
    for (long i = 0; i < n; i++) g0[i] = g[i], p[i] = fabs(g0[i]) + 1e-6;
    for (long i = 0; i < n; i++) v[i] = (flt)rng_normal(&rng);
    symmetric_normalise(v, n);
    apply_scaled(&scaled, v, image);
    double first = vector_dot(v, image, n), length = vector_norm(image, n), norm = 0;
    for (long i = 0; i < n; i++) u[i] = image[i] / length / sqrt(p[i]); /* P_0^-1/2 u' */
    optim_step(b.optim, 1, 0.01);
    bench_gradient(&b, 1);
    for (long i = 0; i < n; i++) {
        double v_hat = (0.999 * 0.001 * g0[i] * g0[i] + 0.001 * (double)g[i] * (double)g[i]) /
                       (1 - 0.999 * 0.999);
        p[i] = sqrt(v_hat) + 1e-6;
        u[i] *= sqrt(p[i]);
        norm += u[i] * u[i];
    }
    for (long i = 0; i < n; i++) v[i] = (flt)(u[i] / sqrt(norm));
    apply_scaled(&scaled, v, image);
    record_t record = {0};
    run_first(options, &record);
    const double *lambda = vector_of(&record, "curvature/preconditioned_lambda");
    assert_near(lambda[0] / first, 1, 1e-3);
    assert_near(lambda[1] / vector_dot(v, image, n), 1, 1e-3);
    record_clear(&record);
    bench_end(&b);
}

/* Clipping to a tenth of its length divides Adam's first P by ten, eps being small. */
static void p_is_of_the_gradient_as_the_update_sees_it(void **state) {
    (void)state;
    record_t plain = {0}, clipped = {0};
    const char *curvature = "curvature: {every: 1, method: lanczos, lanczos_steps: 40}\n";
    char text[512];
    snprintf(text, sizeof text, QUIET "train: {steps: 1, eps: 1e-7}\n%s", curvature);
    run_first(text, &plain);
    double norm = vector_of(&plain, "series/grad_norm")[0];
    snprintf(text, sizeof text, QUIET "train: {steps: 1, eps: 1e-8, clip: %.17g}\n%s", norm / 10,
             curvature);
    run_first(text, &clipped);
    assert_near(vector_of(&clipped, "curvature/preconditioned_lambda")[0] /
                    vector_of(&plain, "curvature/preconditioned_lambda")[0],
                10, 0.05);
    assert_true(vector_of(&clipped, "curvature/hessian_lambda")[0] ==
                vector_of(&plain, "curvature/hessian_lambda")[0]);
    record_clear(&plain);
    record_clear(&clipped);
}

/* Also where a chunk must draw what the whole batch drew for it. */
static void chunks_give_the_whole_batch(void **state) {
    (void)state;
    static const char *const models[] = {"", "\nmodel: {dropout: 0.3, z_loss: 0.1}"};
    for (int m = 0; m < 2; m++) {
        record_t whole = {0}, chunks = {0};
        char options[512];
        snprintf(options, sizeof options, "%s%s%s", QUIET "train.steps: 3\n",
                 "curvature: {every: 1}", models[m]);
        run_first(options, &whole);
        snprintf(options, sizeof options, "%s%s%s", QUIET "train.steps: 3\n",
                 "curvature: {every: 1, chunk: 2}", models[m]);
        run_first(options, &chunks);
        for (int i = 0; i < 3; i++)
            assert_near(vector_of(&chunks, "curvature/hessian_lambda")[i] /
                            vector_of(&whole, "curvature/hessian_lambda")[i],
                        1, 1e-3);
        record_clear(&whole);
        record_clear(&chunks);
    }
}

static void several_batches_have_a_standard_error(void **state) {
    (void)state;
    record_t one = {0}, four = {0};
    run_first(QUIET "train.steps: 2\ncurvature.every: 1", &one);
    run_first(QUIET "train.steps: 2\ncurvature: {every: 1, batches: 4}", &four);
    const record_item_t *batch = item_of(&four, "curvature/batch");
    const int64_t *id = batch->data;
    assert_memory_equal(batch->shape, ((const size_t[]){2, 4}), 2 * sizeof(size_t));
    assert_int_equal(id[0], 0);
    assert_int_equal(id[4], 1);
    assert_true(id[1] > 1 << 20 && id[1] == id[5] && id[2] != id[1]);
    double error = vector_of(&four, "curvature/hessian_error")[0];
    double lambda = vector_of(&four, "curvature/hessian_lambda")[0];
    assert_true(error > 0 && error < lambda);
    assert_true(isnan(vector_of(&one, "curvature/hessian_error")[0]));
    assert_true(lambda != vector_of(&one, "curvature/hessian_lambda")[0]);
    record_clear(&one);
    record_clear(&four);
}

/* At a converged vector both methods see the same spread over the batches. */
static void both_methods_have_the_same_standard_error(void **state) {
    (void)state;
    record_t power = {0}, lanczos = {0};
#define THREE QUIET "train.steps: 1\ncurvature: {every: 1, batches: 3, preconditioned: false, "
    run_first(THREE "products: 150}", &power);
    run_first(THREE "method: lanczos, lanczos_steps: 40}", &lanczos);
#undef THREE
    assert_near(vector_of(&lanczos, "curvature/hessian_error")[0] /
                    vector_of(&power, "curvature/hessian_error")[0],
                1, 1e-2);
    record_clear(&power);
    record_clear(&lanczos);
}

/* Cauchy's interlacing: a principal block's largest eigenvalue is not above the whole matrix's. */
static void blocks_stay_below_the_whole(void **state) {
    (void)state;
    record_t record = {0};
    run_first(QUIET "train.steps: 1\n"
                    "curvature: {every: 1, blocks: true, method: lanczos, lanczos_steps: 30}",
              &record);
    const record_item_t *blocks = item_of(&record, "curvature/hessian_block_lambda");
    const double *lambda = blocks->data, whole = vector_of(&record, "curvature/hessian_lambda")[0];
    assert_int_equal(blocks->shape[1], 2);
    for (int layer = 0; layer < 2; layer++)
        assert_true(lambda[layer] > 0 && lambda[layer] <= whole * (1 + 1e-5));
    assert_true(lambda[0] != lambda[1]);
    record_clear(&record);
}

static void estimates_stand_where_they_were_asked_for(void **state) {
    (void)state;
    record_t record = {0};
    run_first(QUIET "train: {steps: 7, lr: 0.003}\ncurvature: {every: 3, products: 2}", &record);
    assert_memory_equal(item_of(&record, "curvature/step")->data, ((const int64_t[]){0, 3, 6}),
                        3 * sizeof(int64_t));
    for (int i = 0; i < 3; i++) {
        double lambda = vector_of(&record, "curvature/preconditioned_lambda")[i];
        double angle = vector_of(&record, "curvature/hessian_angle")[i];
        assert_near(vector_of(&record, "curvature/preconditioned_lr_lambda")[i], 0.003 * lambda,
                    1e-12 * fabs(lambda));
        assert_near(vector_of(&record, "curvature/preconditioned_edge")[i], 38 / 0.003, 1e-8);
        assert_near(vector_of(&record, "curvature/hessian_edge")[i], 2 / 0.003, 1e-8);
        assert_int_equal(((const int64_t *)item_of(&record, "curvature/hessian_products")->data)[i],
                         2);
        assert_true(i ? angle > 0 && angle < M_PI / 2 : isnan(angle));
    }
    record_clear(&record);
}

static void sgd_has_the_edge_of_its_momentum(void **state) {
    (void)state;
    record_t record = {0};
    run_first(QUIET "train: {steps: 1, lr: 0.1, optimizer: sgd, momentum: 0.5}\n"
                    "curvature: {every: 1, preconditioned: false}",
              &record);
    assert_near(vector_of(&record, "curvature/hessian_edge")[0], 30, 1e-9);
    assert_null(record_find(&record, "curvature/preconditioned_lambda"));
    record_clear(&record);
}

static double sum_after_start(const record_t *record, const char *path) {
    double sum = 0;
    for (int i = 3; i < 9; i++) sum += vector_of(record, path)[i];
    return sum;
}

/* Five products each: the warm ones have those of all estimates before behind them, and both are
 * bounded by the eigenvalue itself. */
static void warm_starts_beat_cold_ones(void **state) {
    (void)state;
    record_t warm = {0}, cold = {0};
    run_first(QUIET "train.steps: 9\ncurvature: {every: 1, preconditioned: false}", &warm);
    run_first(QUIET "train.steps: 9\n"
                    "curvature: {every: 1, preconditioned: false, cold_start: true}",
              &cold);
    assert_true(vector_of(&warm, "curvature/hessian_lambda")[0] ==
                vector_of(&cold, "curvature/hessian_lambda")[0]);
    assert_true(sum_after_start(&warm, "curvature/hessian_lambda") >
                1.2 * sum_after_start(&cold, "curvature/hessian_lambda"));
    assert_true(sum_after_start(&warm, "curvature/hessian_angle") <
                sum_after_start(&cold, "curvature/hessian_angle"));
    record_clear(&warm);
    record_clear(&cold);
}

static void a_run_that_leaves_the_numbers_is_survived(void **state) {
    (void)state;
    record_t record = {0};
    assert_int_equal(run_first(QUIET "train: {steps: 8, lr: 1000, optimizer: sgd, "
                                     "stop_on_divergence: false}\nmodel.norm: none\n"
                                     "curvature: {every: 1, preconditioned: false}",
                               &record),
                     TRIAL_DIVERGED);
    const double *lambda = vector_of(&record, "curvature/hessian_lambda");
    assert_true(isfinite(lambda[0]) && isnan(lambda[7]));
    assert_true(isfinite(number_of(&record, "summary/max_lambda_hessian")));
    record_clear(&record);
}

/* --- refusals and cost --- */

static void what_cannot_be_measured_is_refused(void **state) {
    (void)state;
    assert_refused("train.optimizer: sgd\ncurvature.every: 10",
                   "curvature.preconditioned: train.optimizer sgd has no preconditioner");
    assert_refused("train.steps: 20\ncurvature.every: 21",
                   "curvature.every: 21 steps are more than");
    assert_refused("train.steps: 0\ncurvature.every: 1", "curvature.every");
    assert_refused("curvature: {every: 1, hessian: false, preconditioned: false}",
                   "curvature.hessian");
    assert_refused("train.batch: 8\ncurvature: {every: 1, chunk: 3}",
                   "curvature.chunk: 3 does not");
}

/* 10 steps of 3 forward runs; 4 estimates of 2 matrices, 5 products each, of 6 forward runs; of 9
 * where the gradient is run again. */
static void estimates_count_the_products(void **state) {
    (void)state;
    double none = cost_of(QUIET "train.steps: 10").flops;
    double tracked = cost_of(QUIET "train.steps: 10\ncurvature.every: 3").flops;
    double chunks = cost_of(QUIET "train.steps: 10\ncurvature: {every: 3, chunk: 4}").flops;
    assert_near(tracked / none, 1 + 4 * 2 * 5 * 6 / 30.0, 1e-12);
    assert_near(chunks / none, 1 + 4 * 2 * 5 * 9 / 30.0, 1e-12);
    double bytes = cost_of(QUIET "train.steps: 10").bytes;
    assert_true(cost_of(QUIET "train.steps: 10\ncurvature.every: 3").bytes > bytes);
    assert_true(cost_of(QUIET "train.steps: 10\ncurvature: {every: 3, chunk: 1}").bytes <
                cost_of(QUIET "train.steps: 10\ncurvature.every: 3").bytes);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(measuring_leaves_the_trajectory_as_it_is),
        cmocka_unit_test(off_means_nothing_is_there),
        cmocka_unit_test(both_methods_find_the_ends_of_both_matrices),
        cmocka_unit_test(the_eigenvector_of_g_is_carried_along),
        cmocka_unit_test(p_is_of_the_gradient_as_the_update_sees_it),
        cmocka_unit_test(chunks_give_the_whole_batch),
        cmocka_unit_test(several_batches_have_a_standard_error),
        cmocka_unit_test(both_methods_have_the_same_standard_error),
        cmocka_unit_test(blocks_stay_below_the_whole),
        cmocka_unit_test(estimates_stand_where_they_were_asked_for),
        cmocka_unit_test(sgd_has_the_edge_of_its_momentum),
        cmocka_unit_test(warm_starts_beat_cold_ones),
        cmocka_unit_test(a_run_that_leaves_the_numbers_is_survived),
        cmocka_unit_test(what_cannot_be_measured_is_refused),
        cmocka_unit_test(estimates_count_the_products),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
