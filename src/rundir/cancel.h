/* cancel.h: asks a running sweep to stop, or to leave trials out, from anywhere that sees its run
 * directory: through a file, since its master may be on another machine and listens on no port.
 *
 *   RUN/cancel/     an empty file per wish, named by a trial's id or "sweep": made in one step, so
 *                   that none is ever seen by half or lost; the master takes it within seconds
 *   RUN/cancelled   the sweep was stopped so, or by a budget that its user had set: a job script
 *                   does not start it again by itself */
#ifndef RUNDIR_CANCEL_H
#define RUNDIR_CANCEL_H

#include "base/status.h"

/* Leaves a wish for the master. STATUS_ENVIRONMENT: the run directory cannot be written. */
status_t cancel_ask(const char *run_dir, const char *wish);

/* Takes all wishes away and calls take(context, wish) for each. Master only; costs one system call
 * when there is none. */
void cancel_take(const char *run_dir, void (*take)(void *context, const char *wish), void *context);

/* Notes that the sweep was stopped by a wish or a budget. Master only. */
void cancel_mark(const char *run_dir);

/* A sweep that begins owes nothing to earlier wishes. Holder only. */
void cancel_forget(const char *run_dir);

#endif
