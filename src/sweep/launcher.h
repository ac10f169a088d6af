/* launcher.h: how ranks are started with the MPI that this program was built with: what is true of
 * one implementation stands in its row and nowhere else. */
#ifndef SWEEP_LAUNCHER_H
#define SWEEP_LAUNCHER_H

#include <stddef.h>

enum { LAUNCHER_WORDS_MAX = 12, LAUNCHER_VARIABLES_MAX = 4 };

typedef struct launcher {
    const char *library; /* how the name of its library begins: "Open MPI"                   */
    const char *program; /* what starts ranks; KOOPSWEEP_MPIRUN names another one             */
    const char *package; /* that has it, for people without it                                */
    const char *words[LAUNCHER_WORDS_MAX]; /* NULL-terminated: always                         */
    const char *outlive; /* has a job go on without ranks that died; NULL: it cannot          */
    int has_ranks_as_children; /* 1: ranks are its own children, and can be counted          */

    /* Put into its environment where the user has not set them. */
    struct {
        const char *name, *value;
        enum { ALWAYS, ON_ONE_MACHINE, AS_ROOT } when;
    } variables[LAUNCHER_VARIABLES_MAX];
} launcher_t;

/* The row of the linked MPI; one that nobody knows gets what all understand. */
const launcher_t *launcher_find(void);

/* Its program, or what KOOPSWEEP_MPIRUN says. Borrowed. */
const char *launcher_program(void);

/* "Open MPI v4.1.4": the linked library, up to the first comma. MPI need not be started. */
void launcher_name(char *text, size_t size);

/* Sets what the row wants set. In the child that becomes the launcher. */
void launcher_set_environment(int is_on_one_machine);

#endif
