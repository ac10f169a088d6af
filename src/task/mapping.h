/* mapping.h: files mapped into memory, and what happens when one of them gets shorter.
 *
 * The kernel answers a read of a page that a file has no more, or that its disk or server does not
 * deliver, with SIGBUS, which ends a process without a word. Here it does not: the rest of the
 * mapping reads as zeros from then on, and the file is remembered. Numbers computed meanwhile are
 * worth nothing, so mappings_check is asked before any of them count. A SIGBUS from elsewhere goes
 * to whoever handled it before.
 *
 * Reading files into memory instead would take a copy for every rank of a node; mapped, they share
 * one. Mappings are opened, read and closed by one thread of a process. */
#ifndef TASK_MAPPING_H
#define TASK_MAPPING_H

#include <signal.h>
#include <stddef.h>

#include "base/status.h"
#include "task/identity.h"

typedef struct mapping {
    char *path;                    /* owned                              */
    const char *bytes;             /* owned; NULL when the file is empty */
    size_t size;                   /* of the file when it was opened     */
    identity_t identity;           /* likewise                           */
    volatile sig_atomic_t is_lost; /* some of it could not be read       */
    struct mapping *next;          /* of all that are open               */
} mapping_t;

/* A file that cannot be read is STATUS_CORRUPT with path and reason. */
status_t mapping_open(const char *path, mapping_t **mapping);
void mapping_close(mapping_t **mapping); /* NULL is fine; leaves NULL */

/* STATUS_CORRUPT with its path when one of the files that are open could not be read. */
status_t mappings_check(void);

#endif
