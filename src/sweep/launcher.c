#include "sweep/launcher.h"

#include <mpi.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/text.h"

/* Ranks wait without a core of their own, so binding and spinning would only cost others. */
static const launcher_t launchers[] = {
    {.library = "Open MPI",
     .program = "mpirun",
     .package = "openmpi-bin",
     .words = {"--bind-to", "none", "--mca", "mpi_yield_when_idle", "1"},
     .crowd = "--oversubscribe",
     .pass = "-x",
     .outlive = "--enable-recovery",
     /* When it ends early it kills its ranks ten seconds later, so that they can save. */
     .in_job = "--report-bindings --mca odls_base_sigkill_timeout 10",
     .rank = "OMPI_COMM_WORLD_RANK",
     .signals = "*",
     .srun = "pmix",
     .depth = 1,
     /* Ranks of one machine talk through memory: with no network looked for, none is complained
      * about. Who runs koopsweep as root has decided that already. */
     .variables = {{"OMPI_MCA_btl", "^tcp", ON_ONE_MACHINE},
                   {"OMPI_ALLOW_RUN_AS_ROOT", "1", AS_ROOT},
                   {"OMPI_ALLOW_RUN_AS_ROOT_CONFIRM", "1", AS_ROOT}}},
    {.library = "MPICH",
     .program = "mpiexec.hydra", /* mpiexec may be another MPI's where both are installed */
     .package = "mpich",
     .words = {"-bind-to", "none"},
     .outlive = "-disable-auto-cleanup",
     .rank = "PMI_RANK",
     .signals = "TERM", /* by which it ends; it would of all others, too */
     .srun = "pmi2",
     .depth = 3, /* below one hydra_pmi_proxy to a machine, and keepers */
     .wants_keepers = 1,
     .obituary = SIGUSR1},
    {.library = "Intel(R) MPI",
     .program = "mpiexec",
     .package = "intel-mpi",
     .rank = "PMI_RANK",
     .signals = "TERM",
     .srun = "pmi2"},
    {.library = "", /* any other */
     .program = "mpiexec",
     .package = "your MPI's package",
     .rank = "PMI_RANK",
     .signals = "TERM",
     .srun = "pmix"},
};

void launcher_name(char *text, size_t size) {
    char name[MPI_MAX_LIBRARY_VERSION_STRING];
    int length;
    MPI_Get_library_version(name, &length);
    for (char *c = name; *c; c++)
        if (*c == '\t') *c = ' '; /* MPICH sets its words in columns */
    snprintf(text, size, "%.*s", (int)strcspn(name, ",\n"), name);
}

const launcher_t *launcher_find(void) {
    char name[MPI_MAX_LIBRARY_VERSION_STRING];
    const launcher_t *row = launchers;
    launcher_name(name, sizeof name);
    while (strncmp(name, row->library, strlen(row->library)) != 0) row++;
    return row;
}

const char *launcher_program(void) {
    const char *wish = getenv("KOOPSWEEP_MPIRUN");
    return wish && *wish ? wish : launcher_find()->program;
}

size_t launcher_command(const char *ranks, const char *passed, int outlive,
                        const char *words[LAUNCHER_COMMAND_MAX]) {
    const launcher_t *row = launcher_find();
    size_t at = 0;
    words[at++] = launcher_program();
    for (size_t w = 0; row->words[w]; w++) words[at++] = row->words[w];
    if (row->crowd && ranks) words[at++] = row->crowd;
    if (row->pass && passed) {
        words[at++] = row->pass;
        words[at++] = passed;
    }
    if (row->outlive && outlive) words[at++] = row->outlive;
    if (ranks) {
        words[at++] = "-n";
        words[at++] = ranks;
    }
    words[at] = NULL;
    return at;
}

status_t launcher_print(const char *passed, int outlive, char text[LAUNCHER_TEXT_MAX]) {
    const size_t size = LAUNCHER_TEXT_MAX;
    const char *words[LAUNCHER_COMMAND_MAX], *in_job = launcher_find()->in_job;
    size_t count = launcher_command(NULL, passed, outlive, words);
    CHECK(!strpbrk(words[0], " \t\n'\"\\$`&;|<>()*?[]#~"), STATUS_SPEC,
          "KOOPSWEEP_MPIRUN=%s: a job script wants no blanks or quotes in it; name a link to it",
          words[0]);
    text[0] = '\0';
    for (size_t w = 0; w < count; w++) text_append(text, size, "%s%s", w ? " " : "", words[w]);
    if (outlive && in_job) text_append(text, size, " %s", in_job);
    return STATUS_OK;
}

int launcher_has_started_us(void) {
    return getenv(launcher_find()->rank) || getenv("PMIX_RANK") || getenv("PMI_RANK");
}

void launcher_ignore_obituaries(void) {
    int number = launcher_find()->obituary;
    if (number) signal(number, SIG_IGN);
}

void launcher_set_environment(int is_on_one_machine) {
    const launcher_t *row = launcher_find();
    const int holds[] = {
        [ALWAYS] = 1, [ON_ONE_MACHINE] = is_on_one_machine, [AS_ROOT] = geteuid() == 0};
    for (int v = 0; v < LAUNCHER_VARIABLES_MAX && row->variables[v].name; v++)
        if (holds[row->variables[v].when])
            setenv(row->variables[v].name, row->variables[v].value, 0);
}
