/* Now and then, ends trials whose loss has not come down. */
#include "policy/policy.h"

struct options {
    int64_t every;
    double loss;
};
#define OPTIONS struct options
static const field_t fields[] = {
    INT_FIELD("policy.rungs.every", every, .min = 0, .max = 1e9, .fallback = "0",
              .doc = "steps between two looks at the training loss; 0 = off", .is_later = true,
              .is_costless = true),
    REAL_FIELD("policy.rungs.loss", loss, .min = 0, .max = 1e6, .fallback = "1",
               .doc = "a trial whose mean loss over 10 steps is above this times its first "
                      "loss ends there",
               .needs = "policy.rungs.every", .is_later = true, .is_costless = true),
};
static const field_set_t rungs_fields = FIELD_SET("policy: rungs", fields, .is_shared = true);

static int is_on(const config_t *config) { return config_number(config, "policy.rungs.every") > 0; }

static int is_hopeless(const config_t *config, const policy_moment_t *moment) {
    struct options options;
    config_read(config, &rungs_fields, &options);
    int is_rung = moment->step > 0 && moment->step % options.every == 0;
    return is_rung && moment->loss > options.loss * moment->first_loss;
}

const policy_row_t policy_rungs = {
    .name = "rungs",
    .doc = "now and then, ends trials whose loss has not come down",
    .options = &rungs_fields,
    .is_on = is_on,
    .is_hopeless = is_hopeless,
};
