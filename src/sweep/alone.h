/* alone.h: one process works all trials itself, one after the other. */
#ifndef SWEEP_ALONE_H
#define SWEEP_ALONE_H

#include "sweep/dispatch.h"

/* Until nothing is left or a stop is asked for; then see dispatch_verdict. */
void alone_work(dispatch_t *dispatch);

#endif
