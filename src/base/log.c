#include "base/log.h"

#include <stdarg.h>
#include <stdio.h>

static int is_quiet;

/* One write per line, so that lines of several ranks do not mix. */
static void say(const char *prefix, const char *format, va_list args) {
    char line[4096];
    int at = snprintf(line, sizeof line, "koopsweep: %s", prefix);
    int more = vsnprintf(line + at, sizeof line - (size_t)at - 1, format, args);
    size_t length = (size_t)(at + (more > 0 ? more : 0));
    if (length > sizeof line - 2) length = sizeof line - 2;
    line[length] = '\n';
    fwrite(line, 1, length + 1, stderr);
}

void log_info(const char *format, ...) {
    if (is_quiet) return;
    va_list args;
    va_start(args, format);
    say("", format, args);
    va_end(args);
}

void log_warning(const char *format, ...) {
    va_list args;
    va_start(args, format);
    say("warning: ", format, args);
    va_end(args);
}

void log_error(const char *format, ...) {
    va_list args;
    va_start(args, format);
    say("error: ", format, args);
    va_end(args);
}

void log_set_quiet(int quiet) { is_quiet = quiet; }
