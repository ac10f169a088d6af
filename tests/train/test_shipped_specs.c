/* Every sweep in sweep_specs/ can be read, planned and paid for, and its first trial starts, but
 * for a trial of many gigabytes in a sweep for a cluster. */
#include "train/sweep_text.h"

#include <glob.h>

#include "task/task.h"

enum { STEPS = 2 };

static int stop_after_two_steps(void *context, int64_t step, int64_t steps) {
    (void)context, (void)steps;
    return step == STEPS;
}

/* Tasks that read files need the data directory. */
static int can_start(const config_t *config) {
    const char *task = config_text(config, "task.name");
    int reads_files = !strcmp(task, "text") || !strcmp(task, "cifar10");
    if (reads_files && !getenv("KOOPSWEEP_DATA")) {
        print_message("skipped: KOOPSWEEP_DATA is not set: no first trial of %s\n", task);
        return 0;
    }
    return 1;
}

static void start(const trial_t *trial) {
    trial_state_t outcome;
    record_t record = {0};
    const trial_setting_t setting = {.watch = stop_after_two_steps};
    status_t status = trial_run(trial, &setting, &record, &outcome);
    int is_whole = config_number(trial->config, "train.steps") <= STEPS; /* nothing to stop */
    if (status != (is_whole ? STATUS_OK : STATUS_INCOMPLETE)) fail_msg("%s", status_message());
    record_clear(&record);
}

/* Only a sweep for a cluster may have trials that this machine need not bear. */
static int is_bearable(const char *path, const trial_cost_t *cost) {
    if (cost->bytes < 4e9) return 1;
    if (!strstr(path, "_cluster")) fail_msg("%s: a trial of %.1f GB", path, cost->bytes / 1e9);
    return 0;
}

static void check(const char *path) {
    sweep_text_t sweep = {0};
    int is_first_bearable = 0;
    if (spec_load(path, train_field_sets, &sweep.spec) || plan_create(sweep.spec, &sweep.plan))
        fail_msg("%s", status_message());
    for (size_t i = 0; i < plan_count(sweep.plan); i++) {
        trial_cost_t cost;
        if (trial_estimate(plan_trial(sweep.plan, i)->config, &cost))
            fail_msg("%s", status_message());
        assert_true(cost.flops > 0);
        int bears = is_bearable(path, &cost);
        if (i == 0) is_first_bearable = bears;
    }
    if (is_first_bearable && can_start(plan_trial(sweep.plan, 0)->config))
        start(plan_trial(sweep.plan, 0));
    sweep_end(&sweep);
}

static void every_shipped_sweep_starts(void **state) {
    (void)state;
    glob_t found;
    assert_int_equal(glob("sweep_specs/*.yaml", 0, NULL, &found), 0);
    assert_true(found.gl_pathc >= 6);
    for (size_t i = 0; i < found.gl_pathc; i++) check(found.gl_pathv[i]);
    globfree(&found);
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(every_shipped_sweep_starts)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
