/* together.h: what the processes of a team (train.h) must agree on before one of them may give up.
 *
 * A process that fails by itself, because a file is there for the others and not for it, would
 * leave the others waiting in their next sum. So wherever one may fail alone all are asked, and all
 * go on or all give up. Everything here is collective over the team, and returns at once without
 * one. */
#ifndef TRAIN_TOGETHER_H
#define TRAIN_TOGETHER_H

#include "train/train.h"

/* STATUS_OK when `mine` is that in all of them. Otherwise the first failure in the order of ranks,
 * with its sentence, in all of them. */
status_t together(const trial_team_t *team, status_t mine);

/* STATUS_CORRUPT unless `text` is the same in all of them: it names their data. */
status_t together_same_data(const trial_team_t *team, const char *text);

#endif
