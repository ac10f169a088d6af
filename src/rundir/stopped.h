/* stopped.h: why the last run stopped although trials were left.
 *
 *   RUN/stopped   that as one line; a run that begins removes it */
#ifndef RUNDIR_STOPPED_H
#define RUNDIR_STOPPED_H

#include "base/status.h"

enum { STOPPED_TEXT_MAX = 256 };

/* Master only. STATUS_ENVIRONMENT: the disk refuses it. */
status_t stopped_write(const char *run_dir, const char *text);

/* What it says, "" when there is none. Anybody. */
void stopped_read(const char *run_dir, char text[STOPPED_TEXT_MAX]);

/* Takes it away. Holder only. */
void stopped_forget(const char *run_dir);

#endif
