/* mirror.h: a vector that lives on a backend and is also seen from the host.
 *
 * On the host both views are the same memory and nothing here does anything. On a device the host
 * has a copy; numbers move only when the side that wants them lacks the newer ones. A pointer to
 * the host's copy is good until kernels run again: ask anew then. On the emulated device a pointer
 * used for longer, or written through after a mirror_read, ends the program. */
#ifndef KERNEL_MIRROR_H
#define KERNEL_MIRROR_H

#include "kernel/backend.h"

typedef enum { MIRROR_EQUAL, MIRROR_NEWER_HERE, MIRROR_NEWER_THERE } mirror_state_t;

typedef struct mirror {
    const backend_t *backend; /* borrowed; NULL = no vector                */
    flt *there;               /* borrowed: in the backend's memory         */
    flt *here;                /* in the host's memory: owned, or `there`   */
    long count;
    mirror_state_t state;
    arena_t arena; /* holds the host's copy; pages untouched are not used */
} mirror_t;

/* Of `count` numbers at `there`. Both sides are taken to be equal (zero, as reserved). */
status_t mirror_create(const backend_t *backend, flt *there, long count, mirror_t *mirror);
void mirror_destroy(mirror_t *mirror); /* {0} is fine */

/* For the host: to read and write, or to read only. */
flt *mirror_here(mirror_t *mirror);
const flt *mirror_read(mirror_t *mirror);

/* For kernels: to read and write. */
flt *mirror_there(mirror_t *mirror);

/* Before kernels read it, and after they have replaced all of it. */
void mirror_send(mirror_t *mirror);
void mirror_replaced(mirror_t *mirror);

#endif
