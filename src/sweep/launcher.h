/* launcher.h: how ranks are started with the MPI that this program was built with: what is true of
 * one implementation stands in its row and nowhere else. */
#ifndef SWEEP_LAUNCHER_H
#define SWEEP_LAUNCHER_H

#include <stddef.h>

#include "base/status.h"

enum { LAUNCHER_WORDS_MAX = 8, LAUNCHER_COMMAND_MAX = 16, LAUNCHER_VARIABLES_MAX = 4 };
enum { LAUNCHER_TEXT_MAX = 1024 };

typedef struct launcher {
    const char *library; /* how the name of its library begins: "Open MPI"                   */
    const char *program; /* what starts ranks; KOOPSWEEP_MPIRUN names another one             */
    const char *package; /* that has it, for people without it                                */
    const char *words[LAUNCHER_WORDS_MAX]; /* NULL-terminated: always                         */
    const char *crowd;   /* allows more ranks than cores; NULL: they always are               */
    const char *pass;    /* hands ranks the variable that is named next; NULL: they get all   */
    const char *outlive; /* has a job go on without ranks that died; NULL: it cannot          */
    const char *in_job;  /* in the job script of a sweep, beside the above; NULL: nothing     */
    const char *rank;    /* the variable that tells a rank its number                         */
    const char *signals; /* which it passes on to ranks, as a pattern of the shell            */
    const char *srun;    /* what srun --mpi has to speak with its library                     */
    int depth;           /* from it down to ranks we launch: 1 = its children; 0 = unknown    */
    int wants_keepers;   /* 1: a child of its own that is killed ends all (keeper.h)          */
    int obituary;        /* the signal by which ranks hear that another one died; 0: none     */

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

/* The words of a command line that starts `ranks` ranks on this machine, all up to their program:
 * NULL-terminated, borrowed. Returns how many. `passed`: a variable for ranks, NULL: none;
 * `outlive`: 1: they are to go on without those that die, as far as they can. */
size_t launcher_command(const char *ranks, const char *passed, int outlive,
                        const char *words[LAUNCHER_COMMAND_MAX]);

/* The same as one text for a job script, where the batch system knows how many; STATUS_SPEC: a
 * starter that needs quotes. */
status_t launcher_print(const char *passed, int outlive, char text[LAUNCHER_TEXT_MAX]);

/* 1 when this process is a rank of this MPI, or of srun. */
int launcher_has_started_us(void);

/* In a rank: from now on obituaries are ignored, which would end it or look like a request. */
void launcher_ignore_obituaries(void);

/* "Open MPI v4.1.4": the linked library, up to the first comma. MPI need not be started. */
void launcher_name(char *text, size_t size);

/* Sets what the row wants set. In the child that becomes the launcher. */
void launcher_set_environment(int is_on_one_machine);

#endif
