#include "sweep/launcher.h"

#include <mpi.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Ranks wait without a core of their own, so binding and spinning would only cost others. */
static const launcher_t launchers[] = {
    {.library = "Open MPI",
     .program = "mpirun",
     .package = "openmpi-bin",
     .words = {"--oversubscribe", "--bind-to", "none", "-x", "KOOPSWEEP_BOARD", "--mca",
               "mpi_yield_when_idle", "1"},
     .outlive = "--enable-recovery",
     .has_ranks_as_children = 1,
     /* Ranks of one machine talk through memory: with no network looked for, none is complained
      * about. Who runs koopsweep as root has decided that already. */
     .variables = {{"OMPI_MCA_btl", "^tcp", ON_ONE_MACHINE},
                   {"OMPI_ALLOW_RUN_AS_ROOT", "1", AS_ROOT},
                   {"OMPI_ALLOW_RUN_AS_ROOT_CONFIRM", "1", AS_ROOT}}},
    {.library = "MPICH",
     .program = "mpiexec",
     .package = "mpich",
     .words = {"-bind-to", "none"},
     .outlive = "-disable-auto-cleanup"},
    {.library = "Intel(R) MPI", .program = "mpiexec", .package = "intel-mpi"},
    {.library = "", .program = "mpiexec", .package = "your MPI's package"}, /* any other */
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

void launcher_set_environment(int is_on_one_machine) {
    const launcher_t *row = launcher_find();
    const int holds[] = {
        [ALWAYS] = 1, [ON_ONE_MACHINE] = is_on_one_machine, [AS_ROOT] = geteuid() == 0};
    for (int v = 0; v < LAUNCHER_VARIABLES_MAX && row->variables[v].name; v++)
        if (holds[row->variables[v].when])
            setenv(row->variables[v].name, row->variables[v].value, 0);
}
