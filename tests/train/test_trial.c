/* One trial: what it leaves behind, and what its result does and does not depend on. */
#include "train/sweep_text.h"

#include <math.h>

#include "near.h"
#include "task/task.h"

static const char *const clocks[] = {"outcome/seconds", "outcome/seconds_step",
                                     "outcome/seconds_processor", "rksp/seconds", NULL};

static int is_clock(const char *path) {
    int i = 0;
    while (clocks[i] && strcmp(clocks[i], path) != 0) i++;
    return clocks[i] != NULL;
}

static void assert_same_bits(const record_t *a, const record_t *b, const char *path) {
    const record_item_t *x = item_of(a, path), *y = item_of(b, path);
    size_t count = record_item_count(x);
    assert_int_equal(count, record_item_count(y));
    if (memcmp(x->data, y->data, count * record_type_size(x->type)) != 0)
        fail_msg("%s differs", path);
}

static void same_trial_same_bits(void **state) {
    (void)state;
    const char *options = "train: {steps: 12, lr: 0.01, valid_every: 5, valid_batches: 2}\n"
                          "probe.rksp.steps: [0, 7]";
    record_t a = {0}, b = {0};
    run_first(options, &a);
    run_first(options, &b);
    assert_int_equal(a.count, b.count);
    for (size_t i = 0; i < a.count; i++)
        if (!is_clock(a.items[i].path)) assert_same_bits(&a, &b, a.items[i].path);
    record_clear(&a);
    record_clear(&b);
}

static void measuring_does_not_change_the_training(void **state) {
    (void)state;
    record_t measured = {0}, plain = {0};
    run_first("train: {steps: 12, lr: 0.01, valid_every: 3}\nprobe.rksp.steps: [0, 1, 6, 12]",
              &measured);
    run_first("train: {steps: 12, lr: 0.01, valid_batches: 0}\nprobe.rksp.steps: []", &plain);
    assert_same_bits(&measured, &plain, "series/loss");
    assert_same_bits(&measured, &plain, "series/grad_norm");
    record_clear(&measured);
    record_clear(&plain);
}

/* What is recorded and judged is the task's term alone; the other has a series of its own. */
static void a_term_beside_the_tasks_is_recorded_apart(void **state) {
    (void)state;
    record_t plain = {0}, with = {0};
    run_first("train.steps: 3", &plain);
    run_first("train.steps: 3\nmodel.z_loss: 0.1\ndiverge.loss: 6", &with);
    const double *term = vector_of(&with, "series/z_loss");
    assert_int_equal(item_of(&with, "series/z_loss")->shape[0], 3);
    assert_true(vector_of(&plain, "series/loss")[0] == vector_of(&with, "series/loss")[0]);
    assert_true(vector_of(&plain, "series/grad_norm")[0] !=
                vector_of(&with, "series/grad_norm")[0]);
    assert_null(record_find(&plain, "series/z_loss"));
    /* Logits near 0 at the start: Z is the vocabulary's size. */
    assert_near(term[0], pow(log(32), 2), 0.3);
    assert_true(term[0] + vector_of(&with, "series/loss")[0] > 6);
    assert_true(term[2] < term[0]);
    record_clear(&plain);
    record_clear(&with);
}

/* Dropout is of the training: an evaluation sees the whole network, every step its own draw. */
static void dropout_is_drawn_in_training_alone(void **state) {
    (void)state;
    record_t plain = {0}, with = {0}, again = {0};
    static const char options[] = "train: {steps: 3, lr: 0}\nmodel.dropout: 0.2";
    run_first("train: {steps: 3, lr: 0}", &plain);
    run_first(options, &with);
    run_first(options, &again);
    assert_same_bits(&plain, &with, "rksp/lambda");
    assert_same_bits(&plain, &with, "valid/loss");
    assert_same_bits(&with, &again, "series/loss");
    for (int i = 0; i < 3; i++)
        assert_true(vector_of(&plain, "series/loss")[i] != vector_of(&with, "series/loss")[i]);
    record_clear(&plain);
    record_clear(&with);
    record_clear(&again);
}

/* Arms of one comparison start from the same weights and see the same data. */
static void arms_share_their_first_step(void **state) {
    (void)state;
    record_t a = {0}, b = {0};
    run_first("train: {steps: 2, lr: 0.001}", &a);
    run_first("train: {steps: 2, lr: 0.1, clip: 0.01, optimizer: sgd}", &b);
    assert_true(vector_of(&a, "series/loss")[0] == vector_of(&b, "series/loss")[0]);
    assert_true(vector_of(&a, "series/grad_norm")[0] == vector_of(&b, "series/grad_norm")[0]);
    assert_true(vector_of(&a, "series/loss")[1] != vector_of(&b, "series/loss")[1]);
    record_clear(&a);
    record_clear(&b);
}

static void replicas_differ(void **state) {
    (void)state;
    record_t a = {0}, b = {0};
    sweep_text_t sweep = sweep_of("replicas: 2\ntrain.steps: 1");
    run_trial(plan_trial(sweep.plan, 0), &a);
    run_trial(plan_trial(sweep.plan, 1), &b);
    assert_true(number_of(&a, "outcome/loss_first") != number_of(&b, "outcome/loss_first"));
    assert_true(number_of(&a, "summary/rho") != number_of(&b, "summary/rho"));
    record_clear(&a);
    record_clear(&b);
    sweep_end(&sweep);
}

/* A model that knows nothing: ln 256 nats, give or take the spread of its logits. */
static void recall_starts_at_chance(void **state) {
    (void)state;
    record_t record = {0};
    sweep_text_t sweep = sweep_of_text("name: test\nmodel: {width: 64, layers: 2, norm: none}\n"
                                       "train: {steps: 20, lr: 1e-3, valid_batches: 8}");
    assert_int_equal(run_trial(plan_trial(sweep.plan, 0), &record), TRIAL_COMPLETED);
    const double *loss = vector_of(&record, "series/loss");
    for (int step = 0; step < 20; step++) assert_near(loss[step], log(256), 0.1);
    assert_near(number_of(&record, "outcome/valid_loss"), log(256), 0.1);
    assert_true(number_of(&record, "outcome/valid_accuracy") < 0.05);
    record_clear(&record);
    sweep_end(&sweep);
}

/* Of the tokens a batch asks for, over many batches: the loss of the best guess without context. */
static double unigram_entropy(const trial_t *trial) {
    enum { BATCHES = 40, VOCAB = 32 };
    task_t *task = NULL;
    task_shape_t shape;
    const task_row_t *row;
    batch_t batch = {0};
    double count[VOCAB] = {0}, total = 0, entropy = 0;
    if (task_describe(trial->config, &row, &shape) || task_open(trial, &task) ||
        batch_create(&shape, 32, &batch))
        fail_msg("%s", status_message());
    for (int step = 0; step < BATCHES; step++) {
        row->train(task, step, &batch);
        for (int i = 0; i < batch.size * shape.seq_len; i++) count[batch.targets[i]]++, total++;
    }
    for (int v = 0; v < VOCAB; v++)
        if (count[v] > 0) entropy -= count[v] / total * log(count[v] / total);
    batch_destroy(&batch);
    task_close(&task);
    return entropy;
}

static void a_small_model_learns_to_use_its_context(void **state) {
    (void)state;
    record_t record = {0};
    sweep_text_t sweep =
        sweep_of("task.name: synthetic_lm\nprobe.rksp.steps: []\nmodel.init_std: 0.05\n"
                 "train: {steps: 150, lr: 0.01, schedule: cosine, warmup: 10}");
    const trial_t *trial = plan_trial(sweep.plan, 0);
    double entropy = unigram_entropy(trial);
    assert_true(entropy > 2.9);
    assert_int_equal(run_trial(trial, &record), TRIAL_COMPLETED);
    assert_true(number_of(&record, "outcome/loss_last") < entropy - 0.3);
    assert_true(number_of(&record, "outcome/valid_loss") < entropy - 0.3);
    assert_near(number_of(&record, "outcome/valid_perplexity"),
                exp(number_of(&record, "outcome/valid_loss")), 1e-12);
    record_clear(&record);
    sweep_end(&sweep);
}

static void validations_stand_where_they_were_asked_for(void **state) {
    (void)state;
    record_t record = {0};
    run_first("train: {steps: 10, valid_every: 4, valid_batches: 1}", &record);
    const record_item_t *step = item_of(&record, "valid/step");
    assert_int_equal(step->shape[0], 3);
    assert_memory_equal(step->data, ((const int64_t[]){4, 8, 10}), 3 * sizeof(int64_t));
    assert_true(vector_of(&record, "valid/loss")[2] == number_of(&record, "outcome/valid_loss"));
    record_clear(&record);
}

static void without_steps_only_the_start_is_measured(void **state) {
    (void)state;
    record_t record = {0};
    assert_int_equal(run_first("train: {steps: 0, valid_batches: 1}", &record), TRIAL_COMPLETED);
    assert_null(record_find(&record, "series/loss"));
    assert_true(isnan(number_of(&record, "baseline/grad_norm_first")));
    assert_true(isfinite(number_of(&record, "outcome/valid_loss")));
    assert_true(isfinite(number_of(&record, "summary/m_near_unit")));
    record_clear(&record);
}

static void learning_rates_are_those_of_the_schedule(void **state) {
    (void)state;
    record_t record = {0};
    run_first("train: {steps: 6, lr: 0.4, schedule: linear, warmup: 2, lr_final: 0.5}", &record);
    const double expected[] = {0.2, 0.4, 0.4, 0.35, 0.3, 0.25};
    for (int i = 0; i < 6; i++) assert_near(vector_of(&record, "series/lr")[i], expected[i], 1e-15);
    record_clear(&record);
}

static void clipping_shortens_the_step_and_not_the_record(void **state) {
    (void)state;
    record_t plain = {0}, clipped = {0}, loose = {0};
    run_first("train: {steps: 5, lr: 0.1, optimizer: sgd}", &plain);
    run_first("train: {steps: 5, lr: 0.1, optimizer: sgd, clip: 1e-6}", &clipped);
    run_first("train: {steps: 5, lr: 0.1, optimizer: sgd, clip: 1e6}", &loose);
    assert_same_bits(&plain, &loose, "series/loss");
    assert_same_bits(&plain, &loose, "series/grad_norm");
    const double *norm = vector_of(&clipped, "series/grad_norm");
    for (int step = 0; step < 5; step++) assert_true(norm[step] > 1e-3);
    assert_true(vector_of(&clipped, "series/loss")[4] != vector_of(&plain, "series/loss")[4]);
    record_clear(&plain);
    record_clear(&clipped);
    record_clear(&loose);
}

static void images_are_trained_on_like_text(void **state) {
    (void)state;
    if (!getenv("KOOPSWEEP_DATA")) {
        print_message("skipped: KOOPSWEEP_DATA is not set: no CIFAR-10 to train on\n");
        skip();
    }
    record_t record = {0};
    sweep_text_t sweep = sweep_of_text(
        "name: test\ntask.name: cifar10\nmodel: {arch: vit, width: 32, layers: 2, heads: 2}\n"
        "train: {steps: 3, batch: 8, valid_batches: 2}");
    assert_int_equal(run_trial(plan_trial(sweep.plan, 0), &record), TRIAL_COMPLETED);
    assert_near(number_of(&record, "outcome/loss_first"), log(10), 0.3);
    assert_true(isfinite(number_of(&record, "summary/rho")));
    record_clear(&record);
    sweep_end(&sweep);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(same_trial_same_bits),
        cmocka_unit_test(measuring_does_not_change_the_training),
        cmocka_unit_test(a_term_beside_the_tasks_is_recorded_apart),
        cmocka_unit_test(dropout_is_drawn_in_training_alone),
        cmocka_unit_test(arms_share_their_first_step),
        cmocka_unit_test(replicas_differ),
        cmocka_unit_test(recall_starts_at_chance),
        cmocka_unit_test(a_small_model_learns_to_use_its_context),
        cmocka_unit_test(validations_stand_where_they_were_asked_for),
        cmocka_unit_test(without_steps_only_the_start_is_measured),
        cmocka_unit_test(learning_rates_are_those_of_the_schedule),
        cmocka_unit_test(clipping_shortens_the_step_and_not_the_record),
        cmocka_unit_test(images_are_trained_on_like_text),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
