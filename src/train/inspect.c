/* Looking at the data of a whole sweep before its first trial. */
#include <stdlib.h>
#include <string.h>

#include "spec/space.h"
#include "train/options.h"
#include "train/train.h"

/* 1 for options that decide which data are opened and what is asked of them. */
static int concerns_data(const char *key) {
    return strncmp(key, "task.", 5) == 0 || strcmp(key, "train.batch") == 0 ||
           strcmp(key, "train.valid_batches") == 0;
}

/* The data sets seen so far: few, whatever the number of trials. */
typedef struct seen {
    unsigned char *is_ignored; /* owned [catalog->count]: options that do not concern data */
    uint64_t *scratch;         /* owned [catalog->count] */
    uint64_t *hashes;          /* owned [count] */
    size_t count;
} seen_t;

static status_t seen_create(const catalog_t *catalog, seen_t *seen) {
    *seen = (seen_t){.is_ignored = calloc(catalog->count + 1, 1),
                     .scratch = calloc(catalog->count + 1, sizeof *seen->scratch)};
    CHECK(seen->is_ignored && seen->scratch, STATUS_ENVIRONMENT, "out of memory");
    for (size_t i = 0; i < catalog->count; i++)
        seen->is_ignored[i] = !concerns_data(catalog->keys[i]);
    return STATUS_OK;
}

static void seen_destroy(seen_t *seen) {
    free(seen->is_ignored);
    free(seen->scratch);
    free(seen->hashes);
}

/* 1 when the configuration's data are new; they are not from then on. */
static int is_new(seen_t *seen, const config_t *config) {
    uint64_t hash = config_hash(config, seen->is_ignored, seen->scratch);
    for (size_t i = seen->count; i-- > 0;)
        if (seen->hashes[i] == hash) return 0;
    uint64_t *more = reallocarray(seen->hashes, seen->count + 1, sizeof *more);
    if (!more) return 1;
    seen->hashes = more;
    seen->hashes[seen->count++] = hash;
    return 1;
}

static status_t inspect(const trial_t *trial) {
    task_t *task;
    struct train_options options;
    config_read(trial->config, &train_fields, &options);
    TRY(task_open(trial, &task));
    status_t status = train_check_held_out(&options, task);
    task_close(&task);
    return status;
}

status_t trials_inspect(const plan_t *plan, const trial_state_t *states) {
    seen_t seen;
    const config_t *before = NULL;
    status_t status;
    TRY_OR_DONE(seen_create(&spec_space(plan_spec(plan))->catalog, &seen));
    for (size_t i = 0; i < plan_count(plan); i++) {
        const trial_t *trial = plan_trial(plan, i);
        if (states[i] != TRIAL_PENDING || trial->config == before) continue;
        before = trial->config; /* replicas stand one behind the other */
        if (is_new(&seen, trial->config)) TRY_OR_DONE(inspect(trial));
    }
done:
    seen_destroy(&seen);
    return status;
}
