/* trainer_checkpoint.h: a trainer's checkpoints: all that the rest of its trial depends on. */
#ifndef TRAIN_TRAINER_CHECKPOINT_H
#define TRAIN_TRAINER_CHECKPOINT_H

#include "train/trainer.h"

/* Is it time for the next checkpoint of a trial under way? */
int trainer_is_keeping_due(const trainer_t *t);

/* Writes a checkpoint before step `step`, in the first process of a team; nothing without a folder.
 * One that cannot be written costs time should the trial be stopped, never the trial: a warning. */
void trainer_keep(trainer_t *t, int64_t step);

/* Puts the trainer, fresh as it is, where its checkpoint was; without any it stays where it is.
 * STATUS_CORRUPT: the checkpoint does not fit (other data, say), and the trainer is of no use any
 * more: close it and open another; that is so for a whole team. Collective over it. */
status_t trainer_resume(trainer_t *t);

#endif
