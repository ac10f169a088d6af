#include "probe/probe.h"

#include <stdio.h>

static const int64_t first_batch = INT64_C(1) << 30;

probe_setting_t probe_of_trial(const trial_t *trial) {
    probe_setting_t setting = {
        .config = trial->config, .seed = trial->seed, .replica = trial->replica};
    snprintf(setting.label, sizeof setting.label, "trial %s", trial->id);
    return setting;
}

static void draw(void *context, int64_t number, batch_t *batch) {
    task_t *task = context;
    task_row(task)->train(task, first_batch + number, batch);
}

probe_batches_t probe_batches_of(task_t *task) { return (probe_batches_t){draw, task}; }
