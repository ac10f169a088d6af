/* child.h: a program that runs on behalf of this process, with all that it starts.
 *
 * It leads a process group of its own, which signals go to; when it has ended, what is left of the
 * group is killed. It does not outlive this process: the kernel kills it (PR_SET_PDEATHSIG), and a
 * guard, a process that waits for nothing but the end of this one, kills its group. What leaves the
 * group (setsid) is out of reach.
 *
 * At most one child of a process at a time; from its main thread. */
#ifndef EXTERNAL_CHILD_H
#define EXTERNAL_CHILD_H

#include <sys/types.h>

#include "base/status.h"

typedef struct child {
    pid_t pid;      /* and number of its group; 0 = there is none            */
    int descriptor; /* becomes readable when it ends; -1: this kernel has none */
} child_t;

typedef struct child_plan {
    const char *program;     /* path                                      */
    char *const *argv;       /* NULL-terminated                           */
    char *const *environ;    /* likewise                                  */
    const char *dir;         /* where it starts                           */
    const char *out, *error; /* files that stdout and stderr are added to */
} child_plan_t;

/* Starts it; stdin is empty. STATUS_SPEC: the program cannot be run; STATUS_ENVIRONMENT: the
 * machine allows no more processes or files. */
status_t child_start(const child_plan_t *plan, child_t *child);

/* Waits up to `seconds` for its end. 1 when it has ended: *code is its exit code, or 128 + the
 * number of the signal that killed it; its group is gone then. */
int child_wait(child_t *child, double seconds, int *code);

/* Sends a signal to the group; nothing when it has ended. */
void child_signal(const child_t *child, int number);

/* Kills it at once, if it still runs; {0} is fine. */
void child_destroy(child_t *child);

#endif
