/* The coordinate check inside a trial: its sizes are those of the model's states, recomputed here,
 * and training does not notice. */
#include "train/sweep_text.h"

#include "near.h"
#include "probe/coords.h"

#define SMALL                                                                                      \
    "train: {steps: 4, batch: 8, lr: 0.02}\ntrain.valid_batches: 0\nprobe.rksp.steps: []\n"
#define MEASURED SMALL "probe.coords.steps: [0, 1, 4]\n"

static double mean_of(matrix_t m) {
    double sum = 0;
    for (long i = 0; i < m.rows * m.cols; i++) sum += fabs((double)m.at.v[i]);
    return sum / (double)(m.rows * m.cols);
}

/* The untrained model on the batch that no training reaches. */
static void sizes_are_those_of_states_and_logits(void **state) {
    (void)state;
    record_t record = {0};
    sweep_text_t sweep = sweep_of(MEASURED);
    const trial_t *trial = plan_trial(sweep.plan, 0);
    const task_row_t *row;
    task_shape_t shape;
    task_t *task;
    batch_t batch;
    model_t *model;
    run_first(MEASURED, &record);
    if (task_describe(trial->config, &row, &shape) || task_open(trial, &task) ||
        batch_create(&shape, 8, &batch) ||
        model_create(trial->config, &shape, 8, GRAPH_TRAIN, &model))
        fail_msg("%s", status_message());
    model_init(model, trial->seed, trial->replica);
    const probe_batches_t batches = probe_batches_of(task);
    batches.draw(batches.context, 0, &batch);
    model_load(model, &batch);
    model_hidden_states(model);
    const record_item_t *item = item_of(&record, "coords/size");
    const double *sizes = item->data;
    assert_true(item->shape[0] == 3 && item->shape[1] == 4);
    for (int layer = 0; layer <= 2; layer++)
        assert_near(sizes[layer], mean_of(model_hidden(model, layer)), 1e-12);
    assert_near(sizes[3], mean_of(model_logits(model)), 1e-12);
    assert_true(*(double *)item_of(&record, "coords/hidden_last")->data == sizes[2 * 4 + 2]);
    assert_true(*(double *)item_of(&record, "coords/logits_change")->data > 0);
    model_destroy(&model);
    batch_destroy(&batch);
    task_close(&task);
    sweep_end(&sweep);
    record_clear(&record);
}

static void training_goes_its_way(void **state) {
    (void)state;
    record_t measured = {0}, plain = {0};
    run_first(MEASURED, &measured);
    run_first(SMALL, &plain);
    const record_item_t *x = item_of(&measured, "series/loss"), *y = item_of(&plain, "series/loss");
    assert_int_equal(record_item_count(x), 4);
    assert_memory_equal(x->data, y->data, 4 * sizeof(double));
    assert_null(record_find(&plain, "coords/step"));
    record_clear(&measured);
    record_clear(&plain);
}

/* Nothing has changed yet where there is one measurement. */
static void one_measurement_shows_no_change(void **state) {
    (void)state;
    record_t record = {0};
    run_first(SMALL "probe.coords.steps: [4]\n", &record);
    assert_true(*(double *)item_of(&record, "coords/hidden_change")->data == 0);
    record_clear(&record);
}

static void a_checkpoint_keeps_them(void **state) {
    (void)state;
    record_t record = {0}, saved = {0};
    sweep_text_t sweep = sweep_of(MEASURED);
    const config_t *config = plan_trial(sweep.plan, 0)->config;
    const task_row_t *row;
    task_shape_t shape;
    model_t *model;
    coords_probe_t *probe, *again;
    if (task_describe(config, &row, &shape) ||
        model_create(config, &shape, 8, GRAPH_TRAIN, &model) ||
        coords_probe_create(config, model, 4, &probe) ||
        coords_probe_create(config, model, 4, &again))
        fail_msg("%s", status_message());
    assert_int_equal(coords_probe_load(again, &saved), STATUS_CORRUPT);
    coords_probe_save(probe, &saved);
    assert_int_equal(coords_probe_load(again, &saved), STATUS_OK);
    coords_probe_record(again, &record);
    assert_null(record_find(&record, "coords/step"));
    coords_probe_destroy(&probe);
    coords_probe_destroy(&again);
    model_destroy(&model);
    record_clear(&saved);
    sweep_end(&sweep);
}

static void steps_out_of_order_or_beyond_the_last_are_refused(void **state) {
    (void)state;
    assert_refused(SMALL "probe.coords.steps: [0, 5]\n", "probe.coords.steps: step 5");
    assert_refused(SMALL "probe.coords.steps: [2, 1]\n", "probe.coords.steps: step 1");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sizes_are_those_of_states_and_logits),
        cmocka_unit_test(training_goes_its_way),
        cmocka_unit_test(one_measurement_shows_no_change),
        cmocka_unit_test(a_checkpoint_keeps_them),
        cmocka_unit_test(steps_out_of_order_or_beyond_the_last_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
