#include "base/clock.h"

#include <math.h>
#include <stdio.h>
#include <time.h>

static double read_clock(clockid_t id) {
    struct timespec now;
    clock_gettime(id, &now);
    return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}

double clock_seconds(void) { return read_clock(CLOCK_MONOTONIC); }

double clock_processor(void) { return read_clock(CLOCK_PROCESS_CPUTIME_ID); }

double clock_unix(void) { return read_clock(CLOCK_REALTIME); }

void clock_iso8601(double unix_seconds, char *text, size_t size) {
    time_t whole = (time_t)unix_seconds;
    struct tm utc;
    gmtime_r(&whole, &utc);
    strftime(text, size, "%Y-%m-%dT%H:%M:%SZ", &utc);
}

void clock_iso8601_micro(double unix_seconds, char *text, size_t size) {
    char whole[24];
    clock_iso8601(unix_seconds, whole, sizeof whole);
    int micro = (int)((unix_seconds - floor(unix_seconds)) * 1e6);
    snprintf(text, size, "%.19s.%06dZ", whole, micro);
}

void clock_duration(double seconds, char *text, size_t size) {
    long whole = (long)(seconds + 0.5);
    if (!(seconds >= 0))
        snprintf(text, size, "unknown");
    else if (seconds < 59.95)
        snprintf(text, size, "%.1f s", seconds);
    else if (whole < 3600)
        snprintf(text, size, "%ldm %02lds", whole / 60, whole % 60);
    else if (whole < 86400)
        snprintf(text, size, "%ldh %02ldm", whole / 3600, whole / 60 % 60);
    else
        snprintf(text, size, "%ldd %02ldh", whole / 86400, whole / 3600 % 24);
}
