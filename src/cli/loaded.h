/* loaded.h: the trials of a run as the table that recipes and figures are made of. */
#ifndef CLI_LOADED_H
#define CLI_LOADED_H

#include "base/frame.h"
#include "cli/saved.h"

/* All trials of the saved sweep (store_load), with what it knows beside them: weights of an order,
 * what a search looked for. The caller clears the frame. */
status_t loaded_trials(const char *run_dir, const saved_t *saved, frame_t *trials);

#endif
