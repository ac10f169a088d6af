#include "sweep/launch.h"

#include <errno.h>
#include <fcntl.h>
#include <glob.h>
#include <limits.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/disk.h"
#include "base/log.h"
#include "dispatch/stop.h"
#include "sweep/launcher.h"

/* Names the launching process's board to the ranks below it. */
#define BOARD_VARIABLE "KOOPSWEEP_BOARD"

/* How long a job that cannot go on is given, in case it only seems so. */
#define STUCK_SECONDS 5.0

/* Twice the largest file that Open MPI 4 makes for ranks of one machine. */
enum { SHARED_FILE_BYTES = 8 << 20 };

int launch_is_rank(void) { return launcher_has_started_us(); }

int launch_usable_cores(void) {
    cpu_set_t set; /* room for 1024 cores; beyond that the kernel refuses and we ask it otherwise */
    if (sched_getaffinity(0, sizeof set, &set) == 0) return CPU_COUNT(&set);
    long cores = sysconf(_SC_NPROCESSORS_ONLN);
    return cores > 0 ? (int)cores : 1;
}

const char *launch_find_board(void) {
    const char *name = getenv(BOARD_VARIABLE);
    if (name) prctl(PR_SET_PDEATHSIG, SIGKILL);
    return name;
}

void launch_announce(const char *board_name) {
    board_t *board;
    if (board_attach(board_name, &board) != STATUS_OK) return; /* on another machine */
    atomic_fetch_add(&board->joined, 1);
    board_detach(&board);
}

status_t launch_pass_on(status_t verdict, int rank) {
    char text[16];
    const char *path = getenv("KOOPSWEEP_VERDICT");
    if (!path) return verdict;
    if (rank > 0) return STATUS_OK;
    if (verdict != STATUS_OK && *status_message()) log_error("%s", status_message());
    int length = snprintf(text, sizeof text, "%d\n", (int)verdict);
    const bytes_t file = {(unsigned char *)text, (size_t)length};
    return disk_replace(path, &file) == STATUS_OK ? STATUS_OK : verdict;
}

/* Outside of a batch allocation all ranks are on this machine, where the master sees a rank die, so
 * mpirun need not kill the others; inside, it must end the job for us. */
static int may_outlive_ranks(void) { return getenv("SLURM_JOB_ID") == NULL; }

void launch_warn_of_crowd(int workers) {
    int cores = launch_usable_cores();
    if (workers > cores && may_outlive_ranks())
        log_warning(
            "%d workers on %d core%s take turns, and each needs its own memory; -n %d is as "
            "fast",
            workers, cores, cores > 1 ? "s" : "", cores);
}

/* argv again, as ranks of the launcher, which `outlive` each other or not; `passed`: as there. */
static char **make_command(int ranks, const char *passed, int outlive, char **argv, char *program,
                           char *count) {
    const char *launcher[LAUNCHER_COMMAND_MAX];
    sprintf(count, "%d", ranks);
    size_t words = 0, at = launcher_command(count, passed, outlive, launcher);
    while (argv[words]) words++;
    char **command = calloc(at + words + 2, sizeof *command);
    if (!command) return NULL;
    memcpy(command, launcher, at * sizeof *command);
    command[at++] = program;
    for (size_t i = 1; i < words; i++) command[at++] = argv[i];
    return command;
}

/* In the child. mpirun gets a session of its own, so that a terminal's Ctrl-C does not reach it. */
static void become_mpirun(char **command, board_t *board, const char *board_name, pid_t parent) {
    sigset_t none;
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
    setsid();
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (getppid() != parent) _exit(127);
    setenv(BOARD_VARIABLE, board_name, 1);
    launcher_set_environment(may_outlive_ranks());
    int null = open("/dev/null", O_RDONLY);
    if (null >= 0) dup2(null, STDIN_FILENO);
    execvp(command[0], command);
    board->exec_error = errno;
    _exit(127);
}

/* What the launching process watches. */
typedef struct watch {
    pid_t child; /* mpirun */
    int ranks;
    board_t *board;
    double asked;    /* clock_seconds of the first request to stop; 0 = none           */
    double stuck;    /* clock_seconds since when the job cannot go on by itself; 0 = fine */
    int children;    /* of mpirun that are ranks, at the last look                        */
    const char *why; /* the job was killed here, and why; NULL = it was not            */
} watch_t;

/* Living descendants of all threads of a process, so many generations below; -1 when the kernel
 * does not tell. */
static int count_below(pid_t parent, int depth) {
    char pattern[64];
    glob_t tasks;
    int count = -1;
    snprintf(pattern, sizeof pattern, "/proc/%d/task/*/children", (int)parent);
    if (glob(pattern, GLOB_NOSORT, NULL, &tasks) != 0) return -1;
    for (size_t i = 0; i < tasks.gl_pathc; i++) {
        FILE *file = fopen(tasks.gl_pathv[i], "r");
        if (!file) continue;
        if (count < 0) count = 0;
        for (long pid; fscanf(file, "%ld", &pid) == 1;) {
            int below = depth > 1 ? count_below((pid_t)pid, depth - 1) : 1;
            count += below > 0 ? below : 0;
        }
        fclose(file);
    }
    globfree(&tasks);
    return count;
}

/* A rank that dies while MPI starts or ends leaves the others waiting for it, and mpirun, told to
 * outlive dead ranks, with them. In between the master sees to it. */
static const char *find_hitch(watch_t *watch) {
    if (!may_outlive_ranks()) return NULL;
    if (atomic_load(&watch->board->has_verdict)) return "did not end";
    if (atomic_load(&watch->board->joined) >= watch->ranks) return NULL;
    int depth = launcher_find()->depth;
    if (!depth) return NULL;
    int before = watch->children, children = watch->children = count_below(watch->child, depth);
    if (children > before)
        return NULL; /* many ranks on a busy machine: it is still starting them */
    return children > 0 && children < watch->ranks ? "lost a rank at its start" : NULL;
}

static void end_when_stuck(watch_t *watch) {
    double now = clock_seconds();
    const char *hitch = find_hitch(watch);
    if (!hitch)
        watch->stuck = 0;
    else if (watch->stuck == 0)
        watch->stuck = now;
    if (!hitch || now - watch->stuck < STUCK_SECONDS) return;
    watch->why = hitch;
    kill(-watch->child, SIGKILL);
}

static void take_signal(watch_t *watch, int number) {
    if (watch->asked == 0) {
        watch->asked = clock_seconds();
        atomic_store(&watch->board->stop, number);
    } else if (stop_is_warning(atomic_load(&watch->board->stop)) && !stop_is_warning(number)) {
        watch->asked = clock_seconds();
        atomic_store(&watch->board->stop, number);
    } else if ((number == SIGINT || number == SIGTERM) && clock_seconds() - watch->asked >= 0.5) {
        watch->why = "was killed on request";
        kill(-watch->child, SIGKILL);
    }
}

/* Waits for mpirun's end while passing requests to stop on; returns its wait status. */
static int watch_over(watch_t *watch, const sigset_t *awaited) {
    for (;;) {
        int wait_status;
        int number = sigtimedwait(awaited, NULL, &(struct timespec){.tv_nsec = 500000000});
        if (waitpid(watch->child, &wait_status, WNOHANG) == watch->child) return wait_status;
        if (number > 0 && number != SIGCHLD) take_signal(watch, number);
        end_when_stuck(watch);
    }
}

static void describe_end(const watch_t *watch, int wait_status, char *text, size_t size) {
    if (watch->why)
        snprintf(text, size, "%s", watch->why);
    else if (WIFSIGNALED(wait_status))
        snprintf(text, size, "was killed by signal %d", WTERMSIG(wait_status));
    else
        snprintf(text, size, "exited with code %d", WEXITSTATUS(wait_status));
}

static status_t judge(const watch_t *watch, int wait_status) {
    char how[64];
    const board_t *board = watch->board;
    if (atomic_load(&board->has_verdict)) {
        if (board->verdict == STATUS_OK) return STATUS_OK;
        return status_fail(board->verdict, "%s", board->text);
    }
    CHECK(!board->exec_error, STATUS_ENVIRONMENT,
          "%s cannot be started: %s; install %s, or work in one process with -n 1",
          launcher_program(), strerror(board->exec_error), launcher_find()->package);
    describe_end(watch, wait_status, how, sizeof how);
    CHECK(watch->why || atomic_load(&board->joined), STATUS_ENVIRONMENT,
          "mpirun %s before the ranks had started; its message stands above, and -n 1 works "
          "without it",
          how);
    return status_fail(STATUS_INCOMPLETE, "the sweep broke off: mpirun %s", how);
}

/* Under a smaller limit mpirun tells of its shared memory at length, and then hangs. */
static status_t check_file_size(void) {
    struct rlimit limit;
    int is_known = getrlimit(RLIMIT_FSIZE, &limit) == 0 && limit.rlim_cur != RLIM_INFINITY;
    CHECK(
        !is_known || limit.rlim_cur >= SHARED_FILE_BYTES, STATUS_ENVIRONMENT,
        "files may have %llu KiB only (ulimit -f), and mpirun needs %d MiB for the memory that its "
        "ranks share; raise the limit, or work in one process with -n 1",
        (unsigned long long)limit.rlim_cur >> 10, SHARED_FILE_BYTES >> 20);
    return STATUS_OK;
}

static status_t start(char **command, watch_t *watch, const char *board_name) {
    sigset_t awaited, before;
    int wait_status = 0;
    pid_t parent = getpid();
    sigemptyset(&awaited);
    sigaddset(&awaited, SIGCHLD);
    stop_add_signals(&awaited);
    sigprocmask(SIG_BLOCK, &awaited, &before);
    fflush(NULL);
    watch->child = fork();
    if (watch->child == 0) become_mpirun(command, watch->board, board_name, parent);
    int code = errno;
    if (watch->child > 0) wait_status = watch_over(watch, &awaited);
    sigprocmask(SIG_SETMASK, &before, NULL);
    CHECK(watch->child > 0, STATUS_ENVIRONMENT, "cannot start mpirun: %s", strerror(code));
    return judge(watch, wait_status);
}

static status_t find_program(char program[PATH_MAX]) {
    ssize_t length = readlink("/proc/self/exe", program, PATH_MAX - 1);
    CHECK(length > 0, STATUS_ENVIRONMENT, "/proc/self/exe cannot be read: %s", strerror(errno));
    program[length] = '\0';
    return check_file_size();
}

status_t launch_instead(int ranks, char **argv) {
    char program[PATH_MAX], count[16];
    TRY(find_program(program));
    char **command = make_command(ranks, NULL, 0, argv, program, count);
    CHECK(command, STATUS_ENVIRONMENT, "out of memory to start mpirun");
    launcher_set_environment(may_outlive_ranks());
    execvp(command[0], command);
    free(command);
    return status_fail(STATUS_ENVIRONMENT, "%s cannot be started: %s; install %s, or leave -n out",
                       launcher_program(), strerror(errno), launcher_find()->package);
}

status_t launch_ranks(int workers, char **argv, board_t *board, const char *board_name) {
    char program[PATH_MAX], count[16];
    CHECK(!getenv(BOARD_VARIABLE), STATUS_ENVIRONMENT,
          "mpirun started this process but not as a rank: is it another MPI's than the one "
          "koopsweep was built with?");
    TRY(find_program(program));
    char **command =
        make_command(workers + 1, BOARD_VARIABLE, may_outlive_ranks(), argv, program, count);
    CHECK(command, STATUS_ENVIRONMENT, "out of memory to start mpirun");
    watch_t watch = {.ranks = workers + 1, .board = board};
    status_t status = start(command, &watch, board_name);
    free(command);
    return status;
}
