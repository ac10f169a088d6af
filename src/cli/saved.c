#include "cli/saved.h"

#include <limits.h>
#include <stdio.h>
#include <unistd.h>

#include "base/scope.h"
#include "rundir/earlier.h"
#include "store/store.h"
#include "train/train.h"

status_t saved_open(const char *run_dir, saved_t *saved) {
    char path[PATH_MAX];
    *saved = (saved_t){0};
    snprintf(path, sizeof path, "%s/spec.expanded.yaml", run_dir);
    CHECK(access(path, F_OK) == 0, STATUS_SPEC,
          "%s is no run directory: it has no spec.expanded.yaml; name the folder that "
          "`koopsweep run` wrote",
          run_dir);
    TRY(spec_load(path, train_field_sets, &saved->spec));
    status_t status = plan_create(saved->spec, &saved->plan);
    if (status == STATUS_OK) status = store_adopt(run_dir, saved->plan);
    if (status != STATUS_OK) saved_close(saved);
    return status;
}

void saved_close(saved_t *saved) {
    if (saved->plan) plan_destroy(&saved->plan);
    if (saved->spec) spec_destroy(&saved->spec);
    *saved = (saved_t){0};
}

/* No trial of the sweep, but of one that RUN held before it was extended? */
static status_t check_left_out(const char *run_dir, const plan_t *plan, const char *id) {
    HELD(earlier_clear) earlier_t earlier = {0};
    TRY(earlier_load(run_dir, train_field_sets, &earlier));
    for (size_t i = earlier.count; i-- > 0;) {
        const trial_t *old = plan_find(earlier.plans[i], id);
        CHECK(!old || plan_find(plan, old->id), STATUS_SPEC,
              "%s: trial %s was left out by --extend, as the spec of before has it and the present "
              "one does not; `koopsweep run %s/history/%06zu.yaml --out %s --extend` has it again",
              run_dir, old->id, run_dir, i + 1, run_dir);
    }
    return STATUS_OK;
}

status_t saved_find(const char *run_dir, const plan_t *plan, const char *id,
                    const trial_t **trial) {
    *trial = plan_find(plan, id);
    if (!*trial) TRY(check_left_out(run_dir, plan, id));
    CHECK(*trial, STATUS_SPEC,
          "%s: no trial, or more than one, has an id that begins with '%s'; give at least 4 "
          "digits (koopsweep plan --list shows all ids)",
          run_dir, id);
    return STATUS_OK;
}
