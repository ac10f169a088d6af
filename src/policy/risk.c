/* Does not train what the spectrum at initialisation calls risky. */
#include "policy/policy.h"

struct options {
    double above;
};
#define OPTIONS struct options
static const field_t fields[] = {
    REAL_FIELD("policy.risk.above", above, .min = 0, .max = 1, .fallback = "1",
               .doc = "a trial whose near-unit mass at initialisation is above this is "
                      "not trained; 1 = off",
               .is_later = true, .is_costless = true),
};
static const field_set_t risk_fields = FIELD_SET("policy: risk", fields, .is_shared = true);

static double above(const config_t *config) { return config_number(config, "policy.risk.above"); }

static int is_on(const config_t *config) { return above(config) < 1; }

/* A risk that was not measured (NaN) is none. */
static int is_hopeless(const config_t *config, const policy_moment_t *moment) {
    return moment->step == 0 && moment->risk > above(config);
}

const policy_row_t policy_risk = {
    .name = "risk",
    .doc = "does not train what the spectrum at initialisation calls risky",
    .options = &risk_fields,
    .is_on = is_on,
    .is_hopeless = is_hopeless,
};
