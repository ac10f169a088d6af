/* Preloaded (LD_PRELOAD): a file system without file locks and, with NO_HARD_LINKS set, without
 * hard links, as some network file systems are. */
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdlib.h>
#include <sys/file.h>
#include <sys/syscall.h>
#include <unistd.h>

static int refuse(int code) {
    errno = code;
    return -1;
}

int flock(int file, int operation) {
    (void)file, (void)operation;
    return refuse(ENOLCK);
}

int lockf(int file, int command, off_t length) {
    (void)file, (void)command, (void)length;
    return refuse(ENOLCK);
}

static int control(int file, int command, long argument) {
    int is_lock = command == F_SETLK || command == F_SETLKW || command == F_OFD_SETLK ||
                  command == F_OFD_SETLKW;
    return is_lock ? refuse(ENOLCK) : (int)syscall(SYS_fcntl, file, command, argument);
}

int fcntl(int file, int command, ...) {
    va_list rest;
    va_start(rest, command);
    long argument = va_arg(rest, long);
    va_end(rest);
    return control(file, command, argument);
}

int fcntl64(int file, int command, ...) {
    va_list rest;
    va_start(rest, command);
    long argument = va_arg(rest, long);
    va_end(rest);
    return control(file, command, argument);
}

int link(const char *from, const char *to) {
    if (getenv("NO_HARD_LINKS")) return refuse(EOPNOTSUPP);
    return linkat(AT_FDCWD, from, AT_FDCWD, to, 0);
}
