#include "sweep/ping.h"

#include <limits.h>
#include <mpi.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/memory.h"
#include "slurm/command.h"
#include "sweep/launcher.h"

enum { SMALL = 8, LARGE = 1 << 22, SMALL_ROUNDS = 201, LARGE_ROUNDS = 11 };

static int by_size(const void *a, const void *b) {
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

/* Between ranks 0 and 1: median seconds of one way. */
static double one_way(int rank, char *message, int bytes, int rounds) {
    double seconds[SMALL_ROUNDS];
    int other = 1 - rank;
    for (int i = 0; i < rounds; i++) {
        double from = MPI_Wtime();
        if (rank == 0) MPI_Send(message, bytes, MPI_CHAR, other, 0, MPI_COMM_WORLD);
        MPI_Recv(message, bytes, MPI_CHAR, other, 0, MPI_COMM_WORLD, MPI_STATUS_IGNORE);
        if (rank == 1) MPI_Send(message, bytes, MPI_CHAR, other, 0, MPI_COMM_WORLD);
        seconds[i] = (MPI_Wtime() - from) / 2;
    }
    qsort(seconds, (size_t)rounds, sizeof *seconds, by_size);
    return seconds[rounds / 2];
}

static void measure(ping_t *ping) {
    char *message = memory_take(LARGE, 1, "a message");
    gethostname(ping->hosts[0], sizeof ping->hosts[0] - 1);
    if (ping->rank == 1)
        MPI_Send(ping->hosts[0], sizeof ping->hosts[0], MPI_CHAR, 0, 1, MPI_COMM_WORLD);
    else
        MPI_Recv(ping->hosts[1], sizeof ping->hosts[1], MPI_CHAR, 1, 1, MPI_COMM_WORLD,
                 MPI_STATUS_IGNORE);
    ping->seconds = one_way(ping->rank, message, SMALL, SMALL_ROUNDS);
    ping->bytes_per_second = LARGE / one_way(ping->rank, message, LARGE, LARGE_ROUNDS);
    free(message);
}

status_t ping_ranks(ping_t *ping) {
    *ping = (ping_t){0};
    MPI_Init(NULL, NULL);
    MPI_Comm_rank(MPI_COMM_WORLD, &ping->rank);
    MPI_Comm_size(MPI_COMM_WORLD, &ping->size);
    if (ping->size > 1 && ping->rank < 2) measure(ping);
    MPI_Finalize();
    CHECK(ping->size > 1, STATUS_ENVIRONMENT,
          "MPI sees one rank only: was it started by another MPI's launcher? %s is what this "
          "program needs, or srun --mpi=%s",
          launcher_program(), launcher_find()->srun);
    return STATUS_OK;
}

status_t ping_launch(void) {
    const char *package = launcher_find()->package, *command[LAUNCHER_COMMAND_MAX + 4];
    char program[PATH_MAX], library[128];
    size_t at = launcher_command("2", NULL, 0, command);
    command_result_t result;
    ssize_t length = readlink("/proc/self/exe", program, sizeof program - 1);
    CHECK(length > 0, STATUS_ENVIRONMENT, "/proc/self/exe cannot be read");
    program[length] = '\0';
    memcpy(command + at, (const char *[]){program, "doctor", "--mpi", NULL}, 4 * sizeof *command);
    launcher_set_environment(1);
    launcher_name(library, sizeof library);
    CHECK(command_run((char *const *)command, environ, &result) == STATUS_OK, STATUS_ENVIRONMENT,
          "%s cannot be started: install %s or load its module, or name another with "
          "KOOPSWEEP_MPIRUN",
          command[0], package);
    CHECK(result.code == 0, STATUS_ENVIRONMENT,
          "%s (for %s) ended with code %d: %.600s; look whether `%s -n 2 hostname` works, and "
          "whether it belongs to the MPI that koopsweep was built with (KOOPSWEEP_MPIRUN names "
          "another)",
          command[0], library, result.code, result.errors, command[0]);
    printf("%s\n", result.output);
    return STATUS_OK;
}
