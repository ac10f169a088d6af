/* checkpoint.h: the state of a trial under way, in files, so that the trial can go on elsewhere.
 *
 * FOLDER/ID.0 and FOLDER/ID.1 take turns: the older one is replaced, whole (base/disk.h), so there
 * is always one to go back to. One that is further than what is written now was left behind when
 * the trial began anew, and goes. A file begins with a seal (store/seal.h) of kind "checkpoint"
 * whose state is the number of optimizer steps done, and goes on with the items of a record, one
 * after the other: 144 bytes of name, type and shape, then the numbers as they lie in memory. It is
 * read back by the very build that wrote it, or not at all: other code may compute other bits.
 *
 * Random numbers and data are functions of the step (base/rng.h, task/task.h) and need no state. */
#ifndef TRAIN_CHECKPOINT_H
#define TRAIN_CHECKPOINT_H

#include "base/record.h"
#include "base/status.h"

/* Keeps `state` as what trial `id` is after `step` steps; makes the folder when missing. */
status_t checkpoint_write(const char *folder, const char *id, int64_t step, const record_t *state);

/* Reads the newest whole checkpoint of the trial: sets `step`, fills `state` (the caller clears
 * it). Without any, step is 0 and the record stays empty. What is damaged or another build's is
 * passed over with a warning. */
void checkpoint_read(const char *folder, const char *id, int64_t *step, record_t *state);

/* Deletes the trial's checkpoints: it has ended. */
void checkpoint_remove(const char *folder, const char *id);

/* Deletes those of all trials for which has_ended(context, id), and what dead writers left. */
void checkpoint_tidy(const char *folder, int (*has_ended)(const void *context, const char *id),
                     const void *context);

#endif
