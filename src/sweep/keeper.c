#include "sweep/keeper.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/log.h"
#include "base/status.h"
#include "dispatch/stop.h"
#include "sweep/launcher.h"

/* The keeper's process id, in its rank. Compared, for a rank's own children inherit it. */
#define KEEPER_VARIABLE "KOOPSWEEP_KEEPER"

static int has_keeper(void) {
    const char *keeper = getenv(KEEPER_VARIABLE);
    return keeper && atol(keeper) == (long)getppid();
}

static void become_rank(char **argv, pid_t keeper, const sigset_t *before) {
    char text[24];
    snprintf(text, sizeof text, "%ld", (long)keeper);
    setenv(KEEPER_VARIABLE, text, 1);
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (getppid() != keeper) _exit(127);
    sigprocmask(SIG_SETMASK, before, NULL);
    execv("/proc/self/exe", argv);
    _exit(127);
}

void keeper_stand_in(char **argv) {
    int wait_status;
    sigset_t signals, before;
    pid_t keeper = getpid();
    if (!launcher_find()->wants_keepers || has_keeper()) return;
    sigemptyset(&signals); /* they come to the whole group: the rank has them as well */
    stop_add_signals(&signals);
    sigprocmask(SIG_BLOCK, &signals, &before);
    pid_t rank = fork();
    if (rank == 0) become_rank(argv, keeper, &before);
    if (rank < 0) {
        log_error("cannot start another process: %s", strerror(errno));
        _exit(STATUS_ENVIRONMENT);
    }
    while (waitpid(rank, &wait_status, 0) < 0 && errno == EINTR)
        ;
    _exit(WIFSIGNALED(wait_status) ? 128 + WTERMSIG(wait_status) : WEXITSTATUS(wait_status));
}
