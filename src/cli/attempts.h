/* attempts.h: what happened to one trial so far, by the run's journal (rundir/journal.h). */
#ifndef CLI_ATTEMPTS_H
#define CLI_ATTEMPTS_H

#include "cli/overview.h"

/* Prints a line per attempt, oldest first: when and where it began, from which step it went on, how
 * it ended; nothing when none is known. */
void attempts_print(const overview_t *overview, const trial_t *trial);

#endif
