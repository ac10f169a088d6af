#include "policy/policy.h"

#include <string.h>

#include "base/rng.h"
#include "base/text.h"

const policy_row_t *const policy_rows[] = {
#define POLICY(name) &policy_##name,
#include "policy/policies.def"
#undef POLICY
    NULL};

struct options {
    double audit;
};
#define OPTIONS struct options
static const field_t fields[] = {
    REAL_FIELD("policy.audit", audit, .min = 1e-6, .max = 1, .fallback = "0.1",
               .doc = "share of trials that no policy ends, so that the others can be "
                      "accounted for",
               .needs = "policy.risk.above policy.rungs.every", .is_later = true,
               .is_costless = true),
};
const field_set_t policy_fields = FIELD_SET("policy", fields, .is_shared = true);

policy_t policy_open(const trial_t *trial) {
    struct options options;
    policy_t policy = {.config = trial->config, .verdict_step = -1};
    config_read(trial->config, &policy_fields, &options);
    for (int i = 0; policy_rows[i]; i++) policy.is_on |= policy_rows[i]->is_on(trial->config);
    uint32_t pair = (uint32_t)text_hash(trial->pair, strlen(trial->pair));
    rng_t rng = rng_open(trial->seed, trial->replica, "policy/audit", pair);
    policy.audit = options.audit;
    policy.is_audited = rng_uniform(&rng) < options.audit;
    return policy;
}

static const policy_row_t *find_objection(const policy_t *policy, const policy_moment_t *moment) {
    for (int i = 0; policy_rows[i]; i++)
        if (policy_rows[i]->is_on(policy->config) &&
            policy_rows[i]->is_hopeless(policy->config, moment))
            return policy_rows[i];
    return NULL;
}

int policy_judge(policy_t *policy, const policy_moment_t *moment) {
    if (!policy->is_on || policy->verdict) return 0;
    policy->verdict = find_objection(policy, moment);
    if (policy->verdict) policy->verdict_step = moment->step;
    return policy_has_ended(policy);
}

int policy_has_ended(const policy_t *policy) { return policy->verdict && !policy->is_audited; }

static const char *verdict_name(const policy_t *policy) {
    return policy->verdict ? policy->verdict->name : "none";
}

void policy_record(const policy_t *policy, record_t *record) {
    if (!policy->is_on) return;
    record_put_text(record, "policy/verdict", verdict_name(policy));
    record_put_i64(record, "policy/step", policy->verdict_step);
    record_put_i64(record, "policy/audited", policy->is_audited);
    record_put_f64(record, "policy/inclusion", policy->verdict ? policy->audit : 1);
}

void policy_save(const policy_t *policy, record_t *record) {
    if (!policy->is_on) return;
    record_put_text(record, "policy/verdict", verdict_name(policy));
    record_put_i64(record, "policy/step", policy->verdict_step);
}

status_t policy_load(policy_t *policy, const record_t *record) {
    if (!policy->is_on) return STATUS_OK;
    const record_item_t *name = record_find(record, "policy/verdict");
    CHECK(name && name->type == RECORD_TEXT, STATUS_CORRUPT, "it has no verdict of the policies");
    TRY(record_get(record, "policy/step", RECORD_I64, 1, &policy->verdict_step));
    policy->verdict = NULL;
    for (int i = 0; policy_rows[i]; i++)
        if (!strcmp(policy_rows[i]->name, name->data)) policy->verdict = policy_rows[i];
    CHECK((policy->verdict != NULL) == (policy->verdict_step >= 0), STATUS_CORRUPT,
          "its verdict of the policies, %s, is none we know", (const char *)name->data);
    return STATUS_OK;
}
