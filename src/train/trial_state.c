/* Names of the states a trial can be in. */
#include <string.h>

#include "train/train.h"

static const char *const names[TRIAL_STATES] = {
    [TRIAL_PENDING] = "PENDING", [TRIAL_COMPLETED] = "COMPLETED", [TRIAL_DIVERGED] = "DIVERGED",
    [TRIAL_PRUNED] = "PRUNED",   [TRIAL_FAILED] = "FAILED",       [TRIAL_LOST] = "LOST",
    [TRIAL_SKIPPED] = "SKIPPED",
};

const char *trial_state_name(trial_state_t state) { return names[state]; }

trial_state_t trial_state_find(const char *name) {
    trial_state_t state = 0;
    while (state < TRIAL_STATES && strcmp(names[state], name) != 0) state++;
    return state;
}
