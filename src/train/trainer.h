/* trainer.h: the parts of one trial at work: task, model, optimizer, stabilizers, probes, and what
 * they leave behind. For this folder; outside, a trial is trial_run (train.h).
 *
 * A step is: gradient of the task (shares.h), the label of divergence taken from it, stabilizers,
 * curvature, update, stabilizers. Between two steps: probes and validation where they are due, a
 * policy that may end the trial, a watch that may stop it. */
#ifndef TRAIN_TRAINER_H
#define TRAIN_TRAINER_H

#include "policy/policy.h"
#include "probe/coords.h"
#include "probe/curvature.h"
#include "probe/early.h"
#include "probe/rksp.h"
#include "probe/watch.h"
#include "stabilizer/stabilizer.h"
#include "train/gate.h"
#include "train/history.h"
#include "train/options.h"
#include "train/shares.h"
#include "train/train.h"

typedef struct trainer {
    const trial_t *trial;  /* borrowed; the rest is owned */
    const gate_t *gate;    /* borrowed, decided; NULL = none */
    const char *blas_core; /* static */
    struct train_options options;
    struct schedule_options schedule;
    task_t *task;
    batch_t batch; /* of the model's size */
    shares_t shares;
    model_t *model;
    optim_t *optim;
    stabilizers_t *stabilizers;
    rksp_probe_t *probe;
    curvature_probe_t *curvature;
    early_probe_t *early; /* NULL where it is not asked for, as the next */
    coords_probe_t *coords;
    watch_probe_t watch;
    policy_t policy;
    int64_t valid_batches; /* of one validation, as the held-out samples allow */
    history_t history;

    const trial_setting_t *setting; /* borrowed */
    int64_t kept_step;              /* of the last checkpoint; 0 = none            */
    double kept_at;                 /* clock_seconds of it                         */
    int wishes_stop;                /* the watch does                              */
    double started;                 /* clock_seconds, less what earlier tries took */
} trainer_t;

/* At the trial's initialisation. `gate`: decided, or NULL; it, trial and setting are borrowed and
 * outlive the trainer. STATUS_SPEC: options that do not go together; others of data and machine.
 * trainer_close also after a failure. Collective over the team, which opens it or gives up
 * together, and refuses to work on different data (STATUS_CORRUPT). */
status_t trainer_open(trainer_t *t, const trial_t *trial, const gate_t *gate,
                      const trial_setting_t *setting);
void trainer_close(trainer_t *t); /* {0} is fine */

/* Profiles and validates where that is due when so many steps are done. Leaves parameters and
 * optimizer as they are. */
status_t trainer_measure(trainer_t *t, int64_t steps_done);

/* From where it is to the last step, or until the trial is over (divergence, a policy).
 * STATUS_INCOMPLETE: the watch stopped it, and it has a checkpoint. STATUS_CORRUPT: its data
 * changed under it, so it has no result. Collective over the team. */
status_t trainer_run(trainer_t *t);

/* Puts all that a trial leaves behind in. */
void trainer_record(trainer_t *t, record_t *record);

#endif
