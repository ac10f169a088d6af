#include "slurm/command.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <spawn.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

/* One of the program's streams as it arrives. */
typedef struct stream {
    int file;
    char *text;
    size_t length;
} stream_t;

/* 0 at its end. Everything is read, or the program would wait for ever; what does not fit pushes
 * out what came first: the answer stands at the end, after whatever banners a site prints. */
static int take(stream_t *stream) {
    char block[512];
    ssize_t n = read(stream->file, block, sizeof block);
    if (n < 0 && errno == EINTR) return 1;
    if (n <= 0) return 0;
    size_t room = COMMAND_TEXT_MAX - 1 - stream->length;
    size_t pushed = (size_t)n > room ? (size_t)n - room : 0;
    memmove(stream->text, stream->text + pushed, stream->length - pushed);
    stream->length -= pushed;
    memcpy(stream->text + stream->length, block, (size_t)n);
    stream->length += (size_t)n;
    return 1;
}

static void listen_to(stream_t streams[2]) {
    struct pollfd files[2] = {{.fd = streams[0].file, .events = POLLIN},
                              {.fd = streams[1].file, .events = POLLIN}};
    while (files[0].fd >= 0 || files[1].fd >= 0) {
        if (poll(files, 2, -1) < 0 && errno != EINTR) return;
        for (int i = 0; i < 2; i++)
            if (files[i].revents && !take(&streams[i])) files[i].fd = -1;
    }
}

static void end_text(stream_t *stream) {
    while (stream->length && stream->text[stream->length - 1] == '\n') stream->length--;
    stream->text[stream->length] = '\0';
}

static int spawn(char *const *argv, char *const *environment, const int pipes[2][2], pid_t *child) {
    posix_spawn_file_actions_t actions;
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
    posix_spawn_file_actions_adddup2(&actions, pipes[0][1], STDOUT_FILENO);
    posix_spawn_file_actions_adddup2(&actions, pipes[1][1], STDERR_FILENO);
    int code = posix_spawnp(child, argv[0], &actions, NULL, argv, environment);
    posix_spawn_file_actions_destroy(&actions);
    return code;
}

status_t command_run(char *const *argv, char *const *environment, command_result_t *result) {
    int pipes[2][2], wait_status = 0;
    pid_t child;
    *result = (command_result_t){0};
    CHECK(pipe2(pipes[0], O_CLOEXEC) == 0, STATUS_ENVIRONMENT, "no pipe: %s", strerror(errno));
    int code = pipe2(pipes[1], O_CLOEXEC) == 0 ? 0 : errno;
    if (code == 0) {
        stream_t streams[] = {{pipes[0][0], result->output, 0}, {pipes[1][0], result->errors, 0}};
        code = spawn(argv, environment, pipes, &child);
        close(pipes[0][1]);
        close(pipes[1][1]);
        if (code == 0) listen_to(streams);
        end_text(&streams[0]);
        end_text(&streams[1]);
        close(pipes[1][0]);
    } else {
        close(pipes[0][1]);
    }
    close(pipes[0][0]);
    CHECK(code == 0, STATUS_ENVIRONMENT, "%s cannot be started: %s", argv[0], strerror(code));
    while (waitpid(child, &wait_status, 0) < 0 && errno == EINTR) continue;
    result->code =
        WIFSIGNALED(wait_status) ? 128 + WTERMSIG(wait_status) : WEXITSTATUS(wait_status);
    return STATUS_OK;
}
