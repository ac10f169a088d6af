/* What train.h promises its callers: states, options, schema, estimates, failures, being stopped.
 */
#include "train/sweep_text.h"

#include "near.h"
#include "optim/optim.h"
#include "stabilizer/stabilizer.h"
#include "task/task.h"

static void states_have_names(void **state) {
    (void)state;
    for (trial_state_t s = 0; s < TRIAL_STATES; s++)
        assert_int_equal(trial_state_find(trial_state_name(s)), s);
    assert_string_equal(trial_state_name(TRIAL_DIVERGED), "DIVERGED");
    assert_int_equal(trial_state_find("diverged"), TRIAL_STATES);
}

static void has_options(const field_set_t *set) {
    int i = 0;
    while (train_field_sets[i] && train_field_sets[i] != set) i++;
    if (set && !train_field_sets[i]) fail_msg("the options \"%s\" are left out", set->name);
}

static void every_row_brings_its_options(void **state) {
    (void)state;
    for (int i = 0; optim_rows[i]; i++) has_options(optim_rows[i]->options);
    for (int i = 0; task_rows[i]; i++) has_options(task_rows[i]->options);
    for (int i = 0; stabilizer_rows[i]; i++) has_options(stabilizer_rows[i]->options);
}

/* --- the schema --- */

struct schema {
    const char *path;
    record_type_t type;
    const char *shape, *writer;
};

enum { F64 = RECORD_F64, F32 = RECORD_F32, I64 = RECORD_I64, TEXT = RECORD_TEXT };
#define SCHEMA(path, type, shape, unit, writer, doc) {path, (record_type_t)type, shape, writer},
static const struct schema schema[] = {
#include "hdf5_schemas/trial.def"
};
enum { ROWS = sizeof schema / sizeof *schema };

static int rank_of(const char *shape) {
    int rank = *shape != 0;
    for (; *shape; shape++) rank += *shape == ',';
    return rank;
}

static const struct schema *row_of(const char *path) {
    for (int i = 0; i < ROWS; i++)
        if (strcmp(schema[i].path, path) == 0) return &schema[i];
    return NULL;
}

static void a_record_is_as_the_schema_says(void **state) {
    (void)state;
    record_t record = {0};
    run_first("train: {steps: 3, keep_weights: true}\ncurvature: {every: 1, blocks: true}\n"
              "probe: {early: true, coords: {steps: [0, 3]}}",
              &record);
    for (size_t i = 0; i < record.count; i++) {
        const record_item_t *item = &record.items[i];
        const struct schema *row = row_of(item->path);
        if (!row) fail_msg("%s is not in the schema", item->path);
        if (item->type != row->type) fail_msg("%s has another type", item->path);
        if (item->rank != rank_of(row->shape)) fail_msg("%s has another rank", item->path);
    }
    for (int i = 0; i < ROWS; i++)
        if (strncmp(schema[i].path, "gate/", 5) == 0)
            assert_null(record_find(&record, schema[i].path)); /* this trial has none */
        else if (!strcmp(schema[i].writer, "train") || !strcmp(schema[i].writer, "probe"))
            item_of(&record, schema[i].path);
    record_clear(&record);
}

/* --- estimates --- */

static void estimates_know_the_parameters(void **state) {
    (void)state;
    record_t record = {0};
    run_first("train.steps: 0", &record);
    assert_true(cost_of("").parameters == (double)integer_of(&record, "outcome/parameters"));
    record_clear(&record);
}

static void estimates_count_steps_validations_and_profiles(void **state) {
    (void)state;
    double none = cost_of("train: {steps: 0, valid_batches: 0}\nprobe.rksp.steps: []").flops;
    double ten = cost_of("train: {steps: 10, valid_batches: 0}\nprobe.rksp.steps: []").flops;
    double valid = cost_of("train: {steps: 10, valid_batches: 6}\nprobe.rksp.steps: []").flops;
    double often = cost_of("train: {steps: 10, valid_batches: 6, valid_every: 4}\n"
                           "probe.rksp.steps: []")
                       .flops;
    double probe = cost_of("train: {steps: 10, valid_batches: 0}").flops;
    assert_true(none == 0);
    assert_near(valid / ten, 36.0 / 30, 1e-12);
    assert_near(often / ten, 48.0 / 30, 1e-12);
    assert_true(probe > ten);
}

static void estimates_cover_the_memory_of_the_optimizer(void **state) {
    (void)state;
    double adamw = cost_of("").bytes, sgd = cost_of("train.optimizer: sgd").bytes;
    assert_near(adamw - sgd, 4 * cost_of("").parameters, 1);
}

/* --- failures --- */

static void fails(const char *options, status_t expected, const char *word) {
    trial_state_t outcome;
    record_t record = {0};
    sweep_text_t sweep = sweep_of(options);
    assert_int_equal(trial_run(plan_trial(sweep.plan, 0), &(trial_setting_t){0}, &record, &outcome),
                     expected);
    if (!strstr(status_message(), word)) fail_msg("\"%s\" lacks %s", status_message(), word);
    assert_int_equal(outcome, TRIAL_FAILED);
    record_clear(&record);
    sweep_end(&sweep);
}

static void options_that_do_not_fit_fail_with_a_sentence(void **state) {
    (void)state;
    fails("task.n_pairs: 9", STATUS_SPEC, "task.n_pairs");
    fails("model.arch: vit", STATUS_SPEC, "model.arch");
    fails("train.batch: 2000", STATUS_SPEC, "train.batch: 2000 samples are more than");
}

static void missing_data_fails_and_the_next_trial_runs(void **state) {
    (void)state;
    fails("task.name: text\ntask.data_dir: /nonexistent", STATUS_CORRUPT, "/nonexistent");
    record_t record = {0};
    assert_int_equal(run_first("train.steps: 1", &record), TRIAL_COMPLETED);
    record_clear(&record);
}

/* --- being watched --- */

struct watcher {
    int64_t stop_at, calls, steps;
};

static int watch(void *context, int64_t step, int64_t steps) {
    struct watcher *watcher = context;
    watcher->calls++;
    watcher->steps = steps;
    return step == watcher->stop_at;
}

static status_t run_watched(struct watcher *watcher, trial_state_t *outcome) {
    record_t record = {0};
    sweep_text_t sweep = sweep_of("train.steps: 9");
    const trial_setting_t setting = {.watch = watch, .context = watcher};
    status_t status = trial_run(plan_trial(sweep.plan, 0), &setting, &record, outcome);
    record_clear(&record);
    sweep_end(&sweep);
    return status;
}

static void every_step_is_watched(void **state) {
    (void)state;
    trial_state_t outcome;
    struct watcher watcher = {.stop_at = -1};
    assert_int_equal(run_watched(&watcher, &outcome), STATUS_OK);
    assert_int_equal(watcher.calls, 9);
    assert_int_equal(watcher.steps, 9);
}

static void a_watcher_can_stop_the_trial(void **state) {
    (void)state;
    trial_state_t outcome;
    struct watcher watcher = {.stop_at = 4};
    assert_int_equal(run_watched(&watcher, &outcome), STATUS_INCOMPLETE);
    assert_int_equal(outcome, TRIAL_PENDING);
    assert_int_equal(watcher.calls, 5);
    assert_non_null(strstr(status_message(), "before step 4 of 9"));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(states_have_names),
        cmocka_unit_test(every_row_brings_its_options),
        cmocka_unit_test(a_record_is_as_the_schema_says),
        cmocka_unit_test(estimates_know_the_parameters),
        cmocka_unit_test(estimates_count_steps_validations_and_profiles),
        cmocka_unit_test(estimates_cover_the_memory_of_the_optimizer),
        cmocka_unit_test(options_that_do_not_fit_fail_with_a_sentence),
        cmocka_unit_test(missing_data_fails_and_the_next_trial_runs),
        cmocka_unit_test(every_step_is_watched),
        cmocka_unit_test(a_watcher_can_stop_the_trial),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
