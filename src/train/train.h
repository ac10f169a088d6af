/* train.h: one trial from its configuration to its record. Knows neither MPI nor HDF5. */
#ifndef TRAIN_TRAIN_H
#define TRAIN_TRAIN_H

#include "base/record.h"
#include "kernel/flt.h"
#include "plan/plan.h"

/* How a trial ended. The first two are results; SKIPPED, LOST and FAILED are gaps. */
typedef enum {
    TRIAL_PENDING,   /* not run yet                                  */
    TRIAL_COMPLETED, /* ran all its steps                            */
    TRIAL_DIVERGED,  /* a result, with step and trigger              */
    TRIAL_PRUNED,    /* stopped by a policy                          */
    TRIAL_FAILED,    /* could not run: message says why              */
    TRIAL_LOST,      /* its rank died                                */
    TRIAL_SKIPPED,   /* never started, with reason                   */
    TRIAL_STATES
} trial_state_t;

const char *trial_state_name(trial_state_t state); /* "COMPLETED", ... */
trial_state_t trial_state_find(const char *name);  /* TRIAL_STATES when unknown */

/* All field sets a sweep file may use, NULL-terminated: training, model, and those of every row of
 * the tables of tasks, optimizers, probes and stabilizers. Filled before main() starts. */
extern const field_set_t *train_field_sets[];

/* What a trial costs, from its configuration alone. STATUS_SPEC: its options do not go together. */
typedef struct trial_cost {
    double parameters;      /* trainable numbers                                     */
    double flops;           /* of the whole trial: training, probes, validation      */
    double bytes;           /* memory of one rank while it runs                      */
    double screening_flops; /* of the probe at initialisation alone; part of `flops`  */
} trial_cost_t;
typedef status_t trial_estimator_t(const config_t *config, trial_cost_t *cost);
trial_estimator_t trial_estimate;

/* Opens the data of all trials that are PENDING, every data set once, so that a missing or damaged
 * one stops a sweep before its first trial: STATUS_CORRUPT or STATUS_SPEC. So does one that is not
 * what the same task's results came from: STATUS_CORRUPT. `states` [plan_count]; `data`
 * [plan_count]: outcome/data of those that have ended, "" where it is not known; NULL: none have.
 */
status_t trials_inspect(const plan_t *plan, const trial_state_t *states, char *const *data);

/* Calls say(context, text) for every data set of the plan of which a part is to be held out, with
 * the part that it will be, "story.txt (held out: its last 907 bytes or 9.06 %)", or with what
 * keeps it from being known: data may be elsewhere when a plan is made. */
void trials_preview_cuts(const plan_t *plan, void (*say)(void *context, const char *text),
                         void *context);

/* Called now and then while a trial runs; return non-zero to stop it (STATUS_INCOMPLETE). */
typedef int trial_watch_t(void *context, int64_t step, int64_t steps);

/* The processes that work on one trial together, resources.ranks_per_trial of them: each is given
 * the trial, and all compute the same but for their share of every batch. */
typedef struct trial_team {
    int rank; /* of this process, 0 ..; 0 is the one whose record counts                         */
    /* x[n] := x of rank 0 + x of rank 1 + ..., in this order, so the same bits on all. Called by
     * all together; does not return when one of them is lost. */
    void (*sum)(void *context, flt *x, size_t n);
    void *context;
} trial_team_t;

/* What surrounds a trial while it runs; {0}: nothing does. All borrowed. */
typedef struct trial_setting {
    trial_watch_t *watch;     /* NULL = nobody stops it                                       */
    void *context;            /* of watch                                                     */
    const char *checkpoints;  /* folder of train/checkpoint.h; NULL = none are kept or used   */
    double checkpoint_every;  /* seconds between those of a running trial; 0 = when stopped   */
    const char *run_dir;      /* where a program of the user's own works; NULL = elsewhere    */
    double seconds_left;      /* until the watch will stop it, as far as is known; 0 = unknown */
    const trial_team_t *team; /* NULL = this process works alone                             */
} trial_setting_t;

/* Measures an item below summary/ at the trial's initialisation: the same bits as in its record.
 * NaN when the trial does not measure it. STATUS_INCOMPLETE: the watch has stopped it. */
typedef status_t trial_screener_t(const trial_t *trial, const trial_setting_t *setting,
                                  const char *score, double *value);
trial_screener_t trial_screen;

/* Runs the trial, from its checkpoint when it has one, and fills `record` with the items of
 * hdf5_schemas/trial.def (the caller clears it). Divergence is STATUS_OK and TRIAL_DIVERGED. A
 * failure of the trial (missing data, ...) is returned with TRIAL_FAILED, a stop by `watch` as
 * STATUS_INCOMPLETE with TRIAL_PENDING (and a checkpoint); nothing else of the process is affected.
 * All items but clocks and the host depend on the trial alone, bit for bit on one machine,
 * interrupted or not. Its checkpoints stay until checkpoint_remove. */
status_t trial_run(const trial_t *trial, const trial_setting_t *setting, record_t *record,
                   trial_state_t *state);

#endif
