/* alone.h: one process works all trials itself, one after the other. */
#ifndef DISPATCH_ALONE_H
#define DISPATCH_ALONE_H

#include "dispatch/dispatch.h"

/* Until nothing is left or a stop is asked for; then see dispatch_verdict. */
void alone_work(dispatch_t *dispatch);

#endif
