/* Trials in bf16: what training feels of it, what is measured in float32 all the same, and that
 * trials of sweeps without it are what they were. */
#include "train/sweep_text.h"

#include <math.h>

#include "kernel/gemm.h"
#include "model/model.h"
#include "model/resources.h"
#include "probe/rksp.h"

#define SMALL "train: {steps: 6, batch: 8, lr: 0.01, %s}\n%s"
#define BF16  "precision: bf16_emulated"
static const char quiet[] = "probe.rksp.steps: []";

/* `training`: options of train beside those of SMALL; `others`: further lines. */
static void run(const char *training, const char *others, record_t *record) {
    char text[1024];
    snprintf(text, sizeof text, SMALL, training, others);
    assert_int_equal(run_first(text, record), TRIAL_COMPLETED);
}

static int have_same_bits(const record_t *a, const record_t *b, const char *path) {
    const record_item_t *x = item_of(a, path), *y = item_of(b, path);
    size_t count = record_item_count(x);
    assert_int_equal(count, record_item_count(y));
    return memcmp(x->data, y->data, count * record_type_size(x->type)) == 0;
}

/* --- what it is --- */

static void id_of(const char *options, char id[TRIAL_ID_LENGTH + 1]) {
    sweep_text_t sweep = sweep_of(options);
    snprintf(id, TRIAL_ID_LENGTH + 1, "%s", plan_trial(sweep.plan, 0)->id);
    sweep_end(&sweep);
}

static void it_is_part_of_a_trials_id_only_where_it_acts(void **state) {
    (void)state;
    char none[TRIAL_ID_LENGTH + 1], id[TRIAL_ID_LENGTH + 1];
    id_of("curvature.every: 2", none);
    id_of("curvature.every: 2\ntrain.precision: f32", id);
    assert_string_equal(id, none);
    id_of("curvature.every: 2\ntrain.precision: bf16_emulated", id);
    assert_string_not_equal(id, none);
}

/* The first loss is off by some roundings of 2^-9, and training gets as far. */
static void steps_are_in_bf16_and_as_good(void **state) {
    (void)state;
    record_t full = {0}, rounded = {0};
    run("warmup: 0", quiet, &full);
    run(BF16, quiet, &rounded);
    const double *x = vector_of(&full, "series/loss"), *y = vector_of(&rounded, "series/loss");
    assert_true(x[0] != y[0] && fabs(x[0] - y[0]) < 0.002 * x[0]);
    if (!(fabs(x[5] - y[5]) < 0.01 * x[5])) fail_msg("%g and in bf16 %g", x[5], y[5]);
    assert_false(have_same_bits(&full, &rounded, "valid/loss"));
    record_clear(&full);
    record_clear(&rounded);
}

/* --- what is measured --- */

/* The spectra before the first step are those of the float32 function, bit for bit; the last ones
 * are of other weights. */
static void rksp_is_of_the_float32_function(void **state) {
    (void)state;
    record_t full = {0}, rounded = {0};
    const char *at_both_ends = "probe.rksp: {steps: [0, 6], samples: 128}";
    run("warmup: 0", at_both_ends, &full);
    run(BF16, at_both_ends, &rounded);
    assert_false(have_same_bits(&full, &rounded, "series/loss"));
    const double *x = vector_of(&full, "rksp/rho"), *y = vector_of(&rounded, "rksp/rho");
    assert_true(x[0] == y[0] && x[1] == y[1]); /* two layers */
    assert_true(x[2] != y[2] && fabs(x[2] - y[2]) < 0.05 * x[2]);
    assert_true(have_same_bits(&full, &rounded, "summary/m_near_unit"));
    record_clear(&full);
    record_clear(&rounded);
}

static const char measured[] = "probe.rksp.steps: []\ncurvature: {every: 6, products: 40}";

static void curvature_is_of_the_float32_function_unless_asked(void **state) {
    (void)state;
    record_t full = {0}, rounded = {0}, followed = {0};
    char asked[256];
    snprintf(asked, sizeof asked, "%s\ncurvature.precision: train", measured);
    run("warmup: 0", measured, &full);
    run(BF16, measured, &rounded);
    run(BF16, asked, &followed);
    const char *path = "curvature/hessian_lambda";
    double right = vector_of(&full, path)[0], here = vector_of(&rounded, path)[0];
    double trained = vector_of(&followed, path)[0];
    assert_true(here == right);
    if (trained == right || fabs(trained - right) > 0.05 * fabs(right))
        fail_msg("%g, where training is followed %g", right, trained);
    record_clear(&full);
    record_clear(&rounded);
    record_clear(&followed);
}

static void measuring_leaves_the_trajectory_as_it_is(void **state) {
    (void)state;
    static const char *const probes[] = {
        "probe.rksp: {steps: [0, 2, 6], samples: 64}",
        "probe.rksp.steps: []\ncurvature: {every: 2, products: 2}",
        "probe.rksp.steps: []\ncurvature: {every: 2, products: 2, precision: train}",
        "probe.rksp.steps: []\ncurvature: {every: 2, products: 2, chunk: 4, batches: 2}",
        "probe.rksp.steps: []\ncurvature: {every: 2, products: 2}\nqk_clip.limit: 0.001"};
    for (size_t i = 0; i < sizeof probes / sizeof *probes; i++) {
        record_t with = {0}, without = {0};
        const char *clip = strstr(probes[i], "qk_clip");
        char others[128];
        snprintf(others, sizeof others, "%s\n%s", quiet, clip ? clip : "");
        run(BF16, probes[i], &with);
        run(BF16, others, &without);
        assert_true(have_same_bits(&with, &without, "series/loss"));
        assert_true(have_same_bits(&with, &without, "series/grad_norm"));
        record_clear(&with);
        record_clear(&without);
    }
}

/* --- spectra of states that bf16 made --- */

static status_t take_states(void *context, int layer, float *states) {
    matrix_t h = model_hidden(context, layer);
    for (long i = 0; i < h.rows * h.cols; i++) states[i] = (float)h.at.v[i];
    return STATUS_OK;
}

/* What a profile says of the states of a model that has just run. */
static void profile(model_t *m, const config_t *config, record_t *record) {
    rksp_probe_t *probe;
    matrix_t h = model_hidden(m, 0);
    const probe_setting_t setting = {.config = config, .seed = 1, .label = "test"};
    const rksp_shape_t shape = {2, (int)h.cols, h.rows};
    if (rksp_probe_create_for(&setting, &shape, &probe) ||
        rksp_probe_run_on(probe, take_states, m, 0))
        fail_msg("%s", status_message());
    rksp_probe_record(probe, record);
    rksp_probe_destroy(&probe);
}

/* States are off by some 2^-9: so are the operators that carry them on, and the sizes of their
 * eigenvalues by little more. */
static void states_in_bf16_have_nearly_the_spectra_of_float32(void **state) {
    (void)state;
    sweep_text_t sweep = sweep_of("train: {batch: 32, precision: bf16_emulated}\n"
                                  "model.init_std: 0.1\nprobe.rksp.samples: 512");
    const trial_t *trial = plan_trial(sweep.plan, 0);
    const task_row_t *row;
    task_shape_t shape;
    task_t *task;
    batch_t batch;
    model_t *m;
    record_t records[2] = {0};
    if (task_describe(trial->config, &row, &shape) || task_open(trial, &task) ||
        batch_create(&shape, 32, &batch) ||
        model_create(trial->config, &shape, 32, GRAPH_TRAIN, &m))
        fail_msg("%s", status_message());
    assert_ptr_equal(model_precision(m), &precision_bf16_emulated);
    model_init(m, trial->seed, trial->replica);
    task_row(task)->train(task, 0, &batch);
    model_load(m, &batch);
    for (int i = 0; i < 2; i++) {
        model_hidden_states(m);
        profile(m, trial->config, &records[i]);
        model_set_precision(m, &precision_f32);
    }
    static const char *const paths[] = {"rksp/rho", "rksp/m_near_unit"};
    for (int k = 0; k < 2; k++)
        for (int layer = 0; layer < 2; layer++) {
            double rounded = vector_of(&records[0], paths[k])[layer];
            double full = vector_of(&records[1], paths[k])[layer];
            if (!(fabs(rounded - full) < 0.04))
                fail_msg("%s of layer %d: %g, in float32 %g", paths[k], layer, rounded, full);
            assert_true(k == 1 || rounded != full);
        }
    record_clear(&records[0]);
    record_clear(&records[1]);
    model_destroy(&m);
    batch_destroy(&batch);
    task_close(&task);
    sweep_end(&sweep);
}

/* --- where it does not run --- */

static void what_this_machine_lacks_is_refused_before_any_trial(void **state) {
    (void)state;
    sweep_text_t sweep = sweep_of("train.precision: bf16");
    const config_t *config = plan_trial(sweep.plan, 0)->config;
    assert_int_equal(resources_check(config), precision_bf16.check());
    trial_state_t outcome;
    record_t record = {0};
    status_t status =
        trial_run(plan_trial(sweep.plan, 0), &(trial_setting_t){0}, &record, &outcome);
    assert_int_equal(status, precision_bf16.check());
    record_clear(&record);
    sweep_end(&sweep);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(it_is_part_of_a_trials_id_only_where_it_acts),
        cmocka_unit_test(steps_are_in_bf16_and_as_good),
        cmocka_unit_test(rksp_is_of_the_float32_function),
        cmocka_unit_test(curvature_is_of_the_float32_function_unless_asked),
        cmocka_unit_test(measuring_leaves_the_trajectory_as_it_is),
        cmocka_unit_test(states_in_bf16_have_nearly_the_spectra_of_float32),
        cmocka_unit_test(what_this_machine_lacks_is_refused_before_any_trial),
    };
    gemm_start(1);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
