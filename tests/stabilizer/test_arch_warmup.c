/* Architecture warm-up: when blocks join, what the optimizer does to them, what is refused, what is
 * recorded, and that a resumed trial is the same. */
#include "stabilizer/arch_warmup.h"
#include "stabilizer/rig.h"

/* `options` are set beside these. */
static sweep_text_t llama(int layers, const char *options) {
    char text[2048];
    snprintf(text, sizeof text,
             "name: test\nseed: 42\nprobe.rksp.steps: []\n"
             "task.seq_len: 16\ntask.vocab: 32\n"
             "model.arch: llama\nmodel.norm: rms_norm\nmodel.width: 32\nmodel.heads: 2\n"
             "model.layers: %d\n%s\n",
             layers, options);
    return sweep_of_text(text);
}

static rig_t warmup(const char *options) {
    return rig_of(&stabilizer_arch_warmup, llama(8, options));
}

/* --- when --- */

static void end_step(rig_t *rig, int64_t number, double lr_lambda) {
    step_t step = {.number = number,
                   .model = rig->model,
                   .lr_lambda = lr_lambda,
                   .edge = 38,
                   .measured = lr_lambda == lr_lambda ? number : -1};
    rig->row->after_update(rig->state, &step);
}

/* Half the depth until the learning rate's warm-up ends, then four groups, one every interval. */
static void blocks_join_on_schedule(void **state) {
    (void)state;
    rig_t rig = warmup("train: {steps: 40, warmup: 10}\narch_warmup: {groups: 4, interval: 5}");
    static const struct {
        int64_t first_step;
        int active;
    } expected[] = {{10, 5}, {15, 6}, {20, 7}, {25, 8}, {100, 8}};
    int active = 4, next = 0;
    assert_int_equal(model_active(rig.model), active);
    for (int64_t step = 0; step < 40; step++) {
        end_step(&rig, step, NAN);
        if (step + 1 == expected[next].first_step) active = expected[next++].active;
        assert_int_equal(model_active(rig.model), active);
    }
    rig_destroy(&rig);
}

/* Three blocks to unlock in two groups: two, then one. */
static void groups_differ_by_one_block_at_most(void **state) {
    (void)state;
    rig_t rig = warmup("train.steps: 40\n"
                       "arch_warmup: {groups: 2, interval: 1, begin: 3, blocks: 5}");
    assert_int_equal(model_active(rig.model), 5);
    for (int64_t step = 0; step < 3; step++) end_step(&rig, step, NAN);
    assert_int_equal(model_active(rig.model), 7);
    end_step(&rig, 3, NAN);
    assert_int_equal(model_active(rig.model), 8);
    rig_destroy(&rig);
}

#define TRIGGERED                                                                                  \
    "train.steps: 100\narch_warmup: {groups: 2, interval: 4, begin: 3, trigger: curvature, "       \
    "margin: 0.5, patience: 2}"

static void low_curvature_unlocks_the_next_group(void **state) {
    (void)state;
    rig_t rig = warmup(TRIGGERED);
    static const struct {
        double lr_lambda; /* measured after this step; NaN = none */
        int active;       /* afterwards */
    } expected[] = {{1, 4}, {1, 4}, {30, 4}, {1, 4}, {NAN, 4}, {1, 6},
                    {1, 6}, {1, 6}, {1, 6},  {1, 8}, {100, 8}};
    for (int64_t step = 0; step < 11; step++) {
        end_step(&rig, step, expected[step].lr_lambda);
        assert_int_equal(model_active(rig.model), expected[step].active);
    }
    rig_destroy(&rig);
}

static void high_or_unknown_curvature_unlocks_nothing(void **state) {
    (void)state;
    static const double lambdas[] = {19.1, 40, INFINITY, NAN};
    for (int i = 0; i < 4; i++) {
        rig_t rig = warmup(TRIGGERED);
        for (int64_t step = 0; step < 100; step++) {
            step_t at = {.number = step,
                         .model = rig.model,
                         .lr_lambda = lambdas[i],
                         .edge = 38,
                         .measured = step};
            rig.row->after_update(rig.state, &at);
        }
        assert_int_equal(model_active(rig.model), 4);
        rig_destroy(&rig);
    }
}

/* --- the optimizer --- */

static const parameter_t *parameter_of(const graph_t *graph, const char *name) {
    const parameter_t *p = graph_parameters(graph);
    while (strcmp(p->name, name) != 0) p++;
    return p;
}

static void one_step(rig_t *rig, optim_t *optim, int64_t number, double lr) {
    model_gradient(rig->model);
    optim_step(optim, number + 1, lr);
    end_step(rig, number, NAN);
}

/* Gains would shrink by the weight decay, weights stay zero. */
static void the_optimizer_leaves_locked_blocks_alone(void **state) {
    (void)state;
    optim_t *optim;
    rig_t rig = warmup("train: {steps: 40, weight_decay: 1}\n"
                       "arch_warmup: {groups: 1, begin: 10, interval: 1}");
    if (optim_create(rig.trial->config, rig.graph, &optim)) fail_msg("%s", status_message());
    for (int64_t step = 0; step < 6; step++) one_step(&rig, optim, step, 0.1);
    const parameter_t *gain = parameter_of(rig.graph, "block.7.norm1.gain");
    const parameter_t *weight = parameter_of(rig.graph, "block.7.attn.qkv.weight");
    for (long i = 0; i < gain->cols; i++) assert_true(rig.theta[gain->offset + i] == 1);
    for (long i = 0; i < weight->rows * weight->cols; i++)
        assert_true(rig.theta[weight->offset + i] == 0);
    assert_true(rig.theta[parameter_of(rig.graph, "block.0.norm1.gain")->offset] < 0.9);
    optim_destroy(&optim);
    rig_destroy(&rig);
}

/* Adam's first update of a parameter is lr g / (|g| + eps), also when it comes late. */
static void adam_counts_from_the_unlock(void **state) {
    (void)state;
    const double lr = 0.01, eps = 1e-8;
    optim_t *optim;
    rig_t rig = warmup("train: {steps: 90, weight_decay: 0}\n"
                       "arch_warmup: {groups: 1, begin: 50, interval: 1}");
    if (optim_create(rig.trial->config, rig.graph, &optim)) fail_msg("%s", status_message());
    for (int64_t step = 0; step < 51; step++) one_step(&rig, optim, step, lr);
    assert_int_equal(model_active(rig.model), 8);
    const parameter_t *out = parameter_of(rig.graph, "block.6.attn.out.weight");
    for (long i = 0; i < out->rows * out->cols; i++) {
        double g = (double)rig.gradient[out->offset + i];
        assert_near((double)rig.theta[out->offset + i], -lr * g / (fabs(g) + eps), 1e-4 * lr);
    }
    optim_destroy(&optim);
    rig_destroy(&rig);
}

/* --- whole trials --- */

#define TRAINED "train: {steps: 16, warmup: 2, lr: 0.01, valid_batches: 1, clip: 1}\n"
#define WARMED  TRAINED "arch_warmup: {groups: 2, begin: 8, interval: 3}\n"

static void run_llama(int layers, const char *options, record_t *record) {
    sweep_text_t sweep = llama(layers, options);
    run_trial(plan_trial(sweep.plan, 0), record);
    sweep_end(&sweep);
}

/* Until the first unlock the trial is that of the smaller model, and so is its function in the very
 * step of the unlock. */
static void a_trial_begins_as_the_smaller_model(void **state) {
    (void)state;
    record_t warmed = {0}, small = {0};
    run_llama(4, WARMED, &warmed);
    run_llama(2, TRAINED, &small);
    const double *a = vector_of(&warmed, "series/loss"), *b = vector_of(&small, "series/loss");
    for (int step = 0; step <= 8; step++) assert_true(a[step] == b[step]);
    assert_true(a[10] != b[10]);
    record_clear(&warmed);
    record_clear(&small);
}

static void unlocks_are_recorded(void **state) {
    (void)state;
    record_t record = {0};
    run_llama(4, WARMED, &record);
    const record_item_t *unlocks = item_of(&record, "arch_warmup/unlock_step");
    const record_item_t *active = item_of(&record, "series/active_blocks");
    assert_int_equal(unlocks->shape[0], 2);
    assert_memory_equal(unlocks->data, ((const int64_t[]){8, 11}), 2 * sizeof(int64_t));
    assert_int_equal(active->shape[0], 16);
    for (int step = 0; step < 16; step++)
        assert_int_equal(((const int64_t *)active->data)[step], step < 8 ? 2 : step < 11 ? 3 : 4);
    assert_int_equal(integer_of(&record, "arch_warmup/active_blocks"), 4);
    record_clear(&record);
}

static int stop_at(void *context, int64_t step, int64_t steps) {
    (void)steps;
    return step == *(const int64_t *)context;
}

/* Stopped before, between and after its unlocks. */
static void a_resumed_trial_is_the_same(void **state) {
    (void)state;
    sweep_text_t sweep = llama(4, WARMED "qk_clip.limit: 0.001");
    const trial_t *trial = plan_trial(sweep.plan, 0);
    record_t whole = {0};
    run_trial(trial, &whole);
    for (int64_t stop = 7; stop < 16; stop += 3) {
        char folder[] = "/tmp/koopsweep-warmup-XXXXXX", command[64];
        int64_t never = -1;
        record_t record = {0};
        trial_state_t end;
        assert_non_null(mkdtemp(folder));
        trial_setting_t setting = {.watch = stop_at, .context = &stop, .checkpoints = folder};
        assert_int_equal(trial_run(trial, &setting, &record, &end), STATUS_INCOMPLETE);
        setting.context = &never;
        if (trial_run(trial, &setting, &record, &end)) fail_msg("%s", status_message());
        assert_memory_equal(vector_of(&record, "series/loss"), vector_of(&whole, "series/loss"),
                            16 * sizeof(double));
        assert_true(integer_of(&record, "qk_clip/heads_scaled") ==
                    integer_of(&whole, "qk_clip/heads_scaled"));
        assert_memory_equal(item_of(&record, "series/active_blocks")->data,
                            item_of(&whole, "series/active_blocks")->data, 16 * sizeof(int64_t));
        record_clear(&record);
        snprintf(command, sizeof command, "rm -rf %s", folder);
        assert_int_equal(system(command), 0);
    }
    record_clear(&whole);
    sweep_end(&sweep);
}

/* --- refusals --- */

static void bad_plans_are_refused_before_anything_runs(void **state) {
    (void)state;
    static const struct {
        const char *options, *message;
    } cases[] = {
        {"train: {steps: 20, warmup: 10}\narch_warmup: {groups: 3, interval: 5}",
         "group 3 of 3 is unlocked at step 20 at the earliest, but train.steps is 20"},
        {"train: {steps: 2000, warmup: 10}\narch_warmup.groups: 5",
         "5 groups are more than the 4 locked blocks"},
        {"train.steps: 2000\narch_warmup.groups: 2", "arch_warmup.begin: 0 stands for"},
        {"train: {steps: 2000, warmup: 1}\narch_warmup: {groups: 2, blocks: 8}",
         "leave nothing to unlock"},
        {"train: {steps: 2000, warmup: 1}\narch_warmup: {groups: 2, trigger: curvature}",
         "curvature is not measured"},
        {"train: {steps: 100, warmup: 1, optimizer: lion}\n"
         "curvature: {every: 1, preconditioned: false}\n"
         "arch_warmup: {groups: 2, interval: 1, trigger: curvature}",
         "where the edge of stability of train.optimizer lion lies is not known"},
        {"train: {steps: 100, warmup: 1}\ncurvature.every: 33\n"
         "arch_warmup: {groups: 2, interval: 1, trigger: curvature}",
         "2 groups of 2 measurements each are 4, but train.steps 100 with curvature.every 33 has "
         "3 before the last step"},
        {"train: {steps: 2000, warmup: 1, weight_norm: true}\narch_warmup.groups: 2",
         "train.weight_norm"},
        {"qk_clip.limit: 10\nmodel.qk_norm: true", "qk_clip.limit"},
        {"qk_clip.limit: 10\ntrain.spectral_norm: 1", "qk_clip.limit"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        trial_cost_t cost;
        sweep_text_t sweep = llama(8, cases[i].options);
        assert_int_equal(trial_estimate(plan_trial(sweep.plan, 0)->config, &cost), STATUS_SPEC);
        if (!strstr(status_message(), cases[i].message)) fail_msg("%s", status_message());
        sweep_end(&sweep);
    }
}

static void norms_that_change_the_stream_are_refused(void **state) {
    (void)state;
    static const char *const norms[] = {"post_ln", "deep_norm", "deep_norm_nofn", "sub_ln"};
    for (int i = 0; i < 4; i++) {
        char text[256];
        trial_cost_t cost;
        snprintf(text, sizeof text,
                 "name: test\nmodel: {layers: 4, norm: %s}\ntrain.warmup: 1\n"
                 "arch_warmup: {groups: 2, interval: 1}\n",
                 norms[i]);
        sweep_text_t sweep = sweep_of_text(text);
        assert_int_equal(trial_estimate(plan_trial(sweep.plan, 0)->config, &cost), STATUS_SPEC);
        assert_non_null(strstr(status_message(), "is not nearly the identity"));
        sweep_end(&sweep);
    }
}

static void an_interval_of_zero_is_no_interval(void **state) {
    (void)state;
    const char *text = "name: test\narch_warmup: {groups: 2, interval: 0}\n";
    spec_t *spec = NULL;
    assert_int_equal(spec_parse("test.yaml", text, strlen(text), train_field_sets, &spec),
                     STATUS_SPEC);
    assert_non_null(strstr(status_message(), "arch_warmup.interval"));
    spec_destroy(&spec);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(blocks_join_on_schedule),
        cmocka_unit_test(groups_differ_by_one_block_at_most),
        cmocka_unit_test(low_curvature_unlocks_the_next_group),
        cmocka_unit_test(high_or_unknown_curvature_unlocks_nothing),
        cmocka_unit_test(the_optimizer_leaves_locked_blocks_alone),
        cmocka_unit_test(adam_counts_from_the_unlock),
        cmocka_unit_test(a_trial_begins_as_the_smaller_model),
        cmocka_unit_test(unlocks_are_recorded),
        cmocka_unit_test(a_resumed_trial_is_the_same),
        cmocka_unit_test(bad_plans_are_refused_before_anything_runs),
        cmocka_unit_test(norms_that_change_the_stream_are_refused),
        cmocka_unit_test(an_interval_of_zero_is_no_interval),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
