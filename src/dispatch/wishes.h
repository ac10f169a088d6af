/* wishes.h: what a part of a dispatch wants done with trials. Parts that follow results
 * (screening.h, ladders.h) only say so; the dispatch alone does it, so nobody else changes its
 * books. */
#ifndef DISPATCH_WISHES_H
#define DISPATCH_WISHES_H

#include <stddef.h>

typedef enum {
    WISH_PUT,      /* is to be handed out                 */
    WISH_LEAVE_OUT /* is not needed: to be SKIPPED        */
} wish_kind_t;

typedef struct wish {
    wish_kind_t kind;
    size_t trial;
} wish_t;

typedef struct wishes {
    wish_t *at; /* owned [capacity] */
    size_t count, capacity;
} wishes_t;

void wishes_add(wishes_t *wishes, wish_kind_t kind, size_t trial);
void wishes_clear(wishes_t *wishes); /* {0} is fine; leaves {0} */

#endif
