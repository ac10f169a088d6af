/* Probes of a configuration and a model alone: no trial, no sweep, no task. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "base/rng.h"
#include "kernel/gemm.h"
#include "near.h"
#include "probe/curvature.h"
#include "probe/rksp.h"
#include "spectral/rksp.h"
#include "train/train.h"

enum { BATCH = 8, LENGTH = 16, VOCAB = 32, WIDTH = 16, LAYERS = 2, ROWS = BATCH * LENGTH };

static const char text[] = "name: alone\n"
                           "model: {width: 16, layers: 2, heads: 2, init_std: 0.1}\n"
                           "train: {steps: 1, batch: 8}\n"
                           "probe.rksp.samples: 128\n"
                           "curvature: {every: 1, products: 50, preconditioned: false}\n";

typedef struct bed {
    spec_t *spec;
    probe_setting_t setting;
    model_t *model;
    batch_t batch;
} bed_t;

static const task_shape_t shape = {.kind = TASK_TOKENS, .seq_len = LENGTH, .vocab = VOCAB};

static void draw(void *context, int64_t number, batch_t *batch) {
    (void)context;
    rng_t rng = rng_open(5, 0, "batch", (uint32_t)number);
    for (int i = 0; i < ROWS; i++) {
        batch->tokens[i] = (int32_t)rng_below(&rng, VOCAB);
        batch->targets[i] = (int32_t)rng_below(&rng, VOCAB);
    }
}

static bed_t bed_of(void) {
    bed_t bed = {0};
    if (spec_parse("alone.yaml", text, strlen(text), train_field_sets, &bed.spec) ||
        batch_create(&shape, BATCH, &bed.batch) ||
        model_create(spec_config(bed.spec), &shape, BATCH, GRAPH_CURVATURE, &bed.model))
        fail_msg("%s", status_message());
    bed.setting = (probe_setting_t){.config = spec_config(bed.spec), .seed = 3, .label = "alone"};
    model_init(bed.model, 3, 0);
    return bed;
}

static void bed_end(bed_t *bed) {
    model_destroy(&bed->model);
    batch_destroy(&bed->batch);
    spec_destroy(&bed->spec);
}

/* As many samples as one batch has positions: all of them, in order. */
static void a_profile_is_that_of_the_models_states(void **state) {
    (void)state;
    bed_t bed = bed_of();
    rksp_probe_t *probe;
    rksp_workspace_t *workspace;
    record_t record = {0};
    const probe_batches_t batches = {.draw = draw};
    assert_int_equal(rksp_probe_create(&bed.setting, bed.model, 0, &probe), STATUS_OK);
    assert_int_equal(rksp_probe_run(probe, &batches, bed.model, &bed.batch, 0), STATUS_OK);
    rksp_probe_record(probe, &record);
    assert_int_equal(rksp_create(WIDTH, ROWS, &rksp_defaults, &workspace), STATUS_OK);
    for (int layer = 0; layer < LAYERS; layer++) {
        rksp_result_t result;
        const flt *x = model_hidden(bed.model, layer).at.v;
        const flt *y = model_hidden(bed.model, layer + 1).at.v;
        assert_int_equal(rksp_profile(workspace, x, y, WIDTH, &result), STATUS_OK);
        const record_item_t *rho = record_find(&record, "rksp/rho");
        assert_non_null(rho);
        assert_true(((const double *)rho->data)[layer] == result.rho);
    }
    rksp_destroy(&workspace);
    rksp_probe_destroy(&probe);
    record_clear(&record);
    bed_end(&bed);
}

/* Along the eigenvector found, a further product gives the eigenvalue again. */
static void a_curvature_needs_no_task_and_no_optimizer(void **state) {
    (void)state;
    bed_t bed = bed_of();
    curvature_probe_t *probe;
    draw(NULL, 0, &bed.batch);
    model_load(bed.model, &bed.batch);
    model_gradient(bed.model);
    const curvature_moment_t moment = {
        .lr = 0.5, .batch = &bed.batch, .passes = model_passes(bed.model)};
    if (curvature_probe_create(&bed.setting, NULL, bed.model, NULL, 1, &probe) ||
        curvature_probe_run(probe, &moment))
        fail_msg("%s", status_message());
    curvature_now_t now = curvature_probe_now(probe);
    assert_true(now.lr_lambda > 0);
    assert_near(now.edge, 2, 0);
    record_t record = {0};
    curvature_probe_record(probe, &record);
    double lambda = *(const double *)record_find(&record, "curvature/hessian_lambda")->data;
    double residual = *(const double *)record_find(&record, "curvature/hessian_residual")->data;
    assert_near(now.lr_lambda, 0.5 * lambda, 1e-12 * lambda);
    assert_true(residual < 0.2 * lambda);
    record_clear(&record);
    curvature_probe_destroy(&probe);
    bed_end(&bed);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_profile_is_that_of_the_models_states),
        cmocka_unit_test(a_curvature_needs_no_task_and_no_optimizer),
    };
    gemm_start(1);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
