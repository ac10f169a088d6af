/* stop_rule.h: the options --until-ci, --until-score and --until-min of `run` and `submit`: stop
 * when the AUROC of a score is known well enough (policy/anytime.h). */
#ifndef CLI_STOP_RULE_H
#define CLI_STOP_RULE_H

#include "cli/cli.h"
#include "plan/plan.h"
#include "probe/rksp.h"

typedef struct stop_rule {
    double ci;         /* half-width of the interval; 0 = no rule        */
    const char *score; /* borrowed; NULL = not given                     */
    int min;           /* diverged and completed trials; 0 = not given   */
} stop_rule_t;

/* Rows of an option table whose struct has a stop_rule_t at `offset`. */
#define STOP_RULE_OPTIONS(offset)                                                                  \
    {"until-ci",                                                                                   \
     0,                                                                                            \
     CLI_REAL,                                                                                     \
     (offset) + offsetof(stop_rule_t, ci),                                                         \
     .argument = "W",                                                                              \
     .min = 1e-4,                                                                                  \
     .max = 0.5,                                                                                   \
     .doc = "hand out at random (or by order.by), and stop when the 95 % interval of a score's "   \
            "AUROC is no wider than +- W"},                                                        \
        {"until-score",                                                                            \
         0,                                                                                        \
         CLI_CHOICE,                                                                               \
         (offset) + offsetof(stop_rule_t, score),                                                  \
         .argument = "SCORE",                                                                      \
         .choices = rksp_scores,                                                                   \
         .doc = "which score, at initialisation (default: m_near_unit)"},                          \
    {                                                                                              \
        "until-min", 0, CLI_INT, (offset) + offsetof(stop_rule_t, min),                            \
            .argument = "N", .min = 2, .max = 1000000,                                             \
            .doc = "but not before N trials have diverged and N have completed (default: 20)"      \
    }

/* STATUS_SPEC: a score or a number without --until-ci. */
status_t stop_rule_check(const char *verb, const stop_rule_t *rule);

/* STATUS_SPEC: the trial does not measure scores at initialisation, so that none would ever be
 * known well enough. */
status_t stop_rule_check_config(const config_t *config);

/* With the defaults. */
const char *stop_rule_score(const stop_rule_t *rule);
size_t stop_rule_least(const stop_rule_t *rule);

#endif
