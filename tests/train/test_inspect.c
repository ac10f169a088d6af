/* What is looked at before a sweep's first trial: every data set once, and only of what is left. */
#include "train/sweep_text.h"

static void assert_inspected(const char *text, trial_state_t state, status_t status,
                             const char *says) {
    sweep_text_t sweep = sweep_of_text(text);
    trial_state_t *states = calloc(plan_count(sweep.plan), sizeof *states);
    for (size_t i = 0; i < plan_count(sweep.plan); i++) states[i] = state;
    assert_int_equal(trials_inspect(sweep.plan, states, NULL), status);
    if (status != STATUS_OK && !strstr(status_message(), says)) fail_msg("%s", status_message());
    free(states);
    sweep_end(&sweep);
}

#define HEAD "name: test\n"

static void missing_data_are_found(void **state) {
    (void)state;
    const char *text = HEAD "axes: {product: {task.name: [associative_recall, cifar10]}}\n"
                            "task.data_dir: /nowhere\nmodel.arch: vit\n";
    assert_inspected(text, TRIAL_PENDING, STATUS_CORRUPT, "/nowhere/cifar-10-batches-bin");
}

static void trials_that_have_ended_need_no_data(void **state) {
    (void)state;
    const char *text = HEAD "task: {name: cifar10, data_dir: /nowhere}\nmodel.arch: vit\n";
    assert_inspected(text, TRIAL_COMPLETED, STATUS_OK, "");
}

static void a_batch_larger_than_what_is_held_out_is_refused(void **state) {
    (void)state;
    assert_inspected(HEAD "train.batch: 1024\n", TRIAL_PENDING, STATUS_OK, "");
    assert_inspected(HEAD "train.batch: 1025\n", TRIAL_PENDING, STATUS_SPEC,
                     "train.batch: 1025 samples are more than the 1024 held out");
    assert_inspected(HEAD "train: {batch: 1025, valid_batches: 0}\n", TRIAL_PENDING, STATUS_OK, "");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(missing_data_are_found),
        cmocka_unit_test(trials_that_have_ended_need_no_data),
        cmocka_unit_test(a_batch_larger_than_what_is_held_out_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
