#include "cli/stop_rule.h"

enum { LEAST = 20 }; /* of each class: policy/anytime.h */

status_t stop_rule_check(const char *verb, const stop_rule_t *rule) {
    CHECK(rule->ci > 0 || !rule->score, STATUS_SPEC,
          "%s: --until-score means nothing without --until-ci", verb);
    CHECK(rule->ci > 0 || !rule->min, STATUS_SPEC,
          "%s: --until-min means nothing without --until-ci", verb);
    return STATUS_OK;
}

status_t stop_rule_check_config(const config_t *config) {
    CHECK(rksp_probe_is_asked(config, 0), STATUS_SPEC,
          "--until-ci: the score is not measured; add 0 to probe.rksp.steps");
    return STATUS_OK;
}

const char *stop_rule_score(const stop_rule_t *rule) {
    return rule->score ? rule->score : *rksp_scores;
}

size_t stop_rule_least(const stop_rule_t *rule) { return rule->min ? (size_t)rule->min : LEAST; }
