#include "dispatch/board.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

static board_t *map(int file, size_t size) {
    void *memory = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
    return memory == MAP_FAILED ? NULL : memory;
}

/* The descriptor stays open as long as the process: others reach the memory by its number. */
status_t board_create(size_t trials, const char *text, size_t length, board_t **board,
                      char name[BOARD_NAME_MAX]) {
    size_t size = sizeof(board_t) + trials + length;
    int file = memfd_create("koopsweep", MFD_CLOEXEC);
    CHECK(file >= 0, STATUS_ENVIRONMENT, "cannot make shared memory: %s", strerror(errno));
    *board = ftruncate(file, (off_t)size) == 0 ? map(file, size) : NULL;
    CHECK(*board, STATUS_ENVIRONMENT, "cannot map %zu bytes of shared memory: %s", size,
          strerror(errno));
    (*board)->trials = trials;
    (*board)->spec_length = length;
    memcpy((char *)(*board)->states + trials, text, length);
    snprintf(name, BOARD_NAME_MAX, "/proc/%ld/fd/%d", (long)getpid(), file);
    return STATUS_OK;
}

status_t board_attach(const char *name, board_t **board) {
    struct stat info;
    int file = open(name, O_RDWR | O_CLOEXEC);
    CHECK(file >= 0, STATUS_ENVIRONMENT,
          "cannot reach the process that started mpirun (%s: %s): it is gone or on another machine",
          name, strerror(errno));
    *board = fstat(file, &info) == 0 ? map(file, (size_t)info.st_size) : NULL;
    int code = errno;
    close(file);
    CHECK(*board, STATUS_ENVIRONMENT, "%s: cannot be mapped: %s", name, strerror(code));
    return STATUS_OK;
}

void board_detach(board_t **board) {
    if (*board) munmap(*board, sizeof **board + (*board)->trials + (*board)->spec_length);
    *board = NULL;
}

const char *board_spec(const board_t *board) { return (const char *)board->states + board->trials; }

void board_judge(board_t *board, status_t verdict) {
    board->verdict = verdict;
    snprintf(board->text, sizeof board->text, "%s", verdict ? status_message() : "");
    atomic_store(&board->has_verdict, 1);
}
