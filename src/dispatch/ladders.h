/* ladders.h: the part of a dispatch that follows a search (plan/search.h): which trials are asked
 * for depends on results. */
#ifndef DISPATCH_LADDERS_H
#define DISPATCH_LADDERS_H

#include <stddef.h>

#include "base/status.h"

struct dispatch;

/* Only of a plan that has a search: puts the trials in that are asked for by now; those that can no
 * longer be are SKIPPED. */
status_t ladders_start(struct dispatch *dispatch);

/* The trial has ended: the same for its ladder. Nothing happens in a sweep that is no search. */
void ladders_note(struct dispatch *dispatch, size_t trial);

#endif
