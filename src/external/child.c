#include "external/child.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"

/* --- the guard --- */

static int guard = -1; /* where it listens */

/* Reads numbers of groups, 0 for none; kills the last one when nobody can write any more. Between
 * fork and the end nothing is called that a thread of the parent may have held. */
static void watch_over(int from) {
    pid_t group = 0;
    ssize_t n;
    setsid();
    while ((n = read(from, &group, sizeof group)) > 0 || (n < 0 && errno == EINTR))
        ;
    if (group > 0) kill(-group, SIGKILL);
    _exit(0);
}

static void close_above(int first, unsigned flags) {
    enum { FILES_MAX = 65536 };
    if (syscall(SYS_close_range, (unsigned)first, ~0U, flags) == 0) return;
    for (int file = first; file < FILES_MAX; file++)
        if (flags)
            fcntl(file, F_SETFD, FD_CLOEXEC);
        else
            close(file);
}

static void become_guard(const int ends[2]) {
    int null = open("/dev/null", O_RDWR);
    for (int file = 0; file < 3; file++) dup2(null, file);
    dup2(ends[0], 3);
    close_above(4, 0);
    for (int number = 1; number < 32; number++) signal(number, SIG_IGN);
    watch_over(3);
}

static status_t start_guard(void) {
    int ends[2];
    if (guard >= 0) return STATUS_OK;
    CHECK(pipe2(ends, O_CLOEXEC) == 0, STATUS_ENVIRONMENT, "cannot make a pipe: %s",
          strerror(errno));
    pid_t pid = fork();
    if (pid == 0) become_guard(ends);
    close(ends[0]);
    if (pid < 0) close(ends[1]);
    CHECK(pid > 0, STATUS_ENVIRONMENT, "cannot start another process: %s", strerror(errno));
    guard = ends[1];
    return STATUS_OK;
}

static void tell_guard(pid_t group) {
    if (guard < 0) return;
    while (write(guard, &group, sizeof group) < 0 && errno == EINTR)
        ;
}

/* --- the child --- */

/* In the child. Which step failed goes to the parent, that waits for it. */
static int prepare(const child_plan_t *plan, pid_t parent) {
    enum { CLOSE_ON_EXEC = 4 };
    sigset_t none;
    sigemptyset(&none);
    for (int number = 1; number < 32; number++) signal(number, SIG_DFL);
    sigprocmask(SIG_SETMASK, &none, NULL);
    if (setpgid(0, 0) != 0 || prctl(PR_SET_PDEATHSIG, SIGKILL) != 0) return 0;
    if (getppid() != parent) return 0; /* it died before */
    int in = open("/dev/null", O_RDONLY);
    int out = open(plan->out, O_WRONLY | O_CREAT | O_APPEND, 0666);
    int error = open(plan->error, O_WRONLY | O_CREAT | O_APPEND, 0666);
    if (in < 0 || out < 0 || error < 0) return 0;
    if (dup2(in, 0) < 0 || dup2(out, 1) < 0 || dup2(error, 2) < 0) return 0;
    close_above(3, CLOSE_ON_EXEC);
    return chdir(plan->dir) == 0;
}

static void become_child(const child_plan_t *plan, pid_t parent, int report) {
    if (prepare(plan, parent)) execve(plan->program, plan->argv, plan->environ);
    int error = errno;
    ssize_t n = write(report, &error, sizeof error);
    _exit(n == sizeof error ? 126 : 127);
}

/* 0, or why it could not become the program. The pipe closes when it has. */
static int read_report(int report) {
    int error = 0;
    ssize_t n;
    do n = read(report, &error, sizeof error);
    while (n < 0 && errno == EINTR);
    return n == sizeof error ? error : 0;
}

static status_t check_report(const child_plan_t *plan, child_t *child, int error) {
    if (!error) return STATUS_OK;
    waitpid(child->pid, NULL, 0);
    child->pid = 0;
    status_t code = error == ENOSPC || error == EMFILE || error == ENFILE || error == EROFS
                        ? STATUS_ENVIRONMENT
                        : STATUS_SPEC;
    return status_fail(code, "external.command: %s cannot be started in %s: %s", plan->program,
                       plan->dir, strerror(error));
}

static int open_descriptor(pid_t pid) {
    int descriptor = (int)syscall(SYS_pidfd_open, pid, 0);
    return descriptor;
}

status_t child_start(const child_plan_t *plan, child_t *child) {
    int report[2];
    pid_t parent = getpid();
    *child = (child_t){.descriptor = -1};
    TRY(start_guard());
    CHECK(pipe2(report, O_CLOEXEC) == 0, STATUS_ENVIRONMENT, "cannot make a pipe: %s",
          strerror(errno));
    child->pid = fork();
    if (child->pid == 0) become_child(plan, parent, report[1]);
    int error = errno;
    close(report[1]);
    if (child->pid < 0) close(report[0]);
    if (child->pid < 0) child->pid = 0;
    CHECK(child->pid, STATUS_ENVIRONMENT, "cannot start another process: %s", strerror(error));
    setpgid(child->pid, child->pid); /* whoever is first */
    tell_guard(child->pid);
    error = read_report(report[0]);
    close(report[0]);
    if (error) tell_guard(0);
    TRY(check_report(plan, child, error));
    child->descriptor = open_descriptor(child->pid);
    return STATUS_OK;
}

static void rest(const child_t *child, double seconds) {
    enum { SHORT = 2 /* ms, where the kernel cannot tell us of its end */ };
    struct pollfd end = {.fd = child->descriptor, .events = POLLIN};
    int milliseconds = (int)(1000 * seconds + 0.5);
    if (child->descriptor < 0)
        poll(NULL, 0, milliseconds < SHORT ? milliseconds : SHORT);
    else
        poll(&end, 1, milliseconds);
}

/* While it is a zombie nobody else gets its number, so the kill reaches its own group. */
static int reap(child_t *child, int *code) {
    siginfo_t about = {0};
    int status = 0;
    if (waitid(P_PID, (id_t)child->pid, &about, WEXITED | WNOHANG | WNOWAIT) != 0 || !about.si_pid)
        return 0;
    kill(-child->pid, SIGKILL);
    waitpid(child->pid, &status, 0);
    tell_guard(0);
    if (child->descriptor >= 0) close(child->descriptor);
    *child = (child_t){.descriptor = -1};
    *code = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
    return 1;
}

int child_wait(child_t *child, double seconds, int *code) {
    double end = clock_seconds() + seconds;
    while (!reap(child, code)) {
        double left = end - clock_seconds();
        if (left <= 0) return 0;
        rest(child, left);
    }
    return 1;
}

void child_signal(const child_t *child, int number) {
    if (child->pid > 0) kill(-child->pid, number);
}

void child_destroy(child_t *child) {
    int code;
    if (child->pid <= 0) return;
    child_signal(child, SIGKILL);
    while (!child_wait(child, 1, &code))
        ;
}
