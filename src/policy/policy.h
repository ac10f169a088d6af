/* policy.h: rules that end a trial early, and what keeps the statistics honest beside them.
 *
 * A rule judges a trial by what the trial itself has shown, never by its neighbours: so the same
 * trials are ended whatever the number of ranks, their order, or what was resumed. (Successive
 * halving as in ASHA compares with whoever has finished by then; its results depend on timing.)
 *
 * A trial that a rule ends is PRUNED: whether it would have diverged is not known. A share of the
 * trials, policy.audit, drawn by the seed, is let live whatever the rules say. So every trial knows
 * the chance that its outcome is known at all: 1 when no rule spoke against it, else the audit
 * share. Weighting results by one over that chance makes statistics over the survivors unbiased
 * for all trials (Horvitz and Thompson 1952). The arms of a comparison share the draw. */
#ifndef POLICY_POLICY_H
#define POLICY_POLICY_H

#include "base/record.h"
#include "plan/plan.h"

/* A trial between two steps. */
typedef struct policy_moment {
    int64_t step;      /* optimizer steps done                                               */
    double risk;       /* near-unit mass at initialisation (RKSP); NaN when not measured     */
    double first_loss; /* of the first step; NaN before                                      */
    double loss;       /* mean training loss of the last 10 steps; NaN before the first      */
} policy_moment_t;

typedef struct policy_row {
    const char *name, *doc;
    const field_set_t *options;
    int (*is_on)(const config_t *config);
    /* 1: not worth going on. */
    int (*is_hopeless)(const config_t *config, const policy_moment_t *moment);
} policy_row_t;

#define POLICY(name) extern const policy_row_t policy_##name;
#include "policy/policies.def"
#undef POLICY
extern const policy_row_t *const policy_rows[]; /* NULL-terminated */
extern const field_set_t policy_fields;         /* of all rules: "policy.audit" */

/* The rules as they apply to one trial. */
typedef struct policy {
    const config_t *config;      /* borrowed                                               */
    int is_on;                   /* 0: no rule is switched on, nothing is recorded         */
    int is_audited;              /* lives whatever the rules say                           */
    double audit;                /* the chance of that                                     */
    const policy_row_t *verdict; /* the first rule that spoke against the trial, or NULL   */
    int64_t verdict_step;        /* when; -1 = none has                                    */
} policy_t;

policy_t policy_open(const trial_t *trial);

/* Hears all rules; 1 when the trial is to end now. Must be called once between any two steps. */
int policy_judge(policy_t *policy, const policy_moment_t *moment);

/* 1 when policy_judge has ended the trial. */
int policy_has_ended(const policy_t *policy);

/* Puts policy/... in; nothing when no rule is switched on. */
void policy_record(const policy_t *policy, record_t *record);

/* For checkpoints. STATUS_CORRUPT when the record is not one of this trial's. */
void policy_save(const policy_t *policy, record_t *record);
status_t policy_load(policy_t *policy, const record_t *record);

#endif
