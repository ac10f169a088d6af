/* shares.h: data-parallel training. The batch of a step is cut into resources.ranks_per_trial equal
 * shares; the gradient is the mean of theirs, added up in the order of the shares.
 *
 * Where a term of the loss goes by counts of the whole batch (model_exchange_out), every share runs
 * forward once before, and all learn the counts of all.
 *
 * As many processes as there are shares (a team) compute one each; a process by itself computes
 * them one after the other. The sums are the same, so the result is too, bit for bit, on machines
 * that compute alike. All processes of a team hold the whole model and do everything else alike. */
#ifndef TRAIN_SHARES_H
#define TRAIN_SHARES_H

#include "kernel/flt.h"
#include "model/model.h"
#include "train/options.h"
#include "train/train.h"

typedef struct shares {
    int count;                /* 1: the whole batch, nothing is added up                        */
    const trial_team_t *team; /* borrowed; NULL: this process computes them all                 */
    batch_t whole;            /* owned: of one step, when count > 1                             */
    size_t inputs, targets;   /* of one sample, in elements of the batch's arrays               */
    flt *sum;                 /* owned: gradient, wishes to stop, lost data, terms of the loss,
                                 what layers show of every share                                */
    flt *counts;              /* owned [count, exchanged]: of every share                       */
    flt *watched;             /* owned: what layers show of the whole batch                     */
    size_t size, exchanged, shown; /* of the gradient; of one share in `counts`, in `sum`       */
    int is_stopped; /* some process of the team wished to stop before the last step   */
    int is_unsound; /* this process has seen its data change                          */
    int is_spoilt;  /* some process of the team has, or could not read them           */
} shares_t;

/* Can the options be computed in shares? STATUS_SPEC: the batch cannot be cut so, or something
 * looks at more than the gradient of the batch. */
status_t shares_check(const struct train_options *options, const stabilizer_needs_t *needs,
                      graph_mode_t mode);

/* For a model of `batch / count` samples. */
status_t shares_create(const task_shape_t *shape, const struct train_options *options,
                       const trial_team_t *team, model_t *model, shares_t *shares);
void shares_destroy(shares_t *shares); /* {0} is fine */

/* 1 in exactly one process of a team: the one whose record and checkpoints are the trial's. */
int shares_is_first(const shares_t *shares);

/* The gradient of training step `chance->step`, left in the model, and its loss; what the model
 * draws is drawn by `chance`, every share by its own part of it, and so in later passes until
 * somebody sets it anew. `batch` is of the model's size and overwritten. `wishes_stop`: this
 * process wants the trial to stop; after the call is_stopped says whether any does. Collective over
 * the team. */
loss_t shares_gradient(shares_t *shares, task_t *task, const chance_t *chance, int wishes_stop,
                       batch_t *batch, model_t *model);

/* What layers show (model_watch) of the last gradient's whole batch; good until the next. */
const flt *shares_watched(shares_t *shares, model_t *model);

/* STATUS_CORRUPT when the last gradient is of data that this process or another of its team could
 * not read or saw change: all of them learn it in the same step, so that none waits for one that
 * has given up. */
status_t shares_check_data(const shares_t *shares, const task_t *task);

/* STATUS_INCOMPLETE unless all of the team go on from the same step. Collective over the team. */
status_t shares_agree(const shares_t *shares, int64_t step);

#endif
