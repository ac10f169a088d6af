/* place.h: where a bench runs: `--on BACKEND` in front of its other arguments. */
#ifndef BENCH_PLACE_H
#define BENCH_PLACE_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/status.h"
#include "kernel/backend.h"

/* Opens the backend asked for, says where the bench runs, and returns the number of the first
 * argument behind it. Ends the process with 7 where there is no such device. */
static inline int place_open(const char *bench, int argc, char **argv, const backend_t **backend) {
    const backend_options_t options = {.gpus_per_process = 1};
    int is_asked = argc > 2 && strcmp(argv[1], "--on") == 0;
    if (is_asked && backend_open(argv[2], &options, backend)) {
        fprintf(stderr, "%s: %s\n", bench, status_message());
        exit(7);
    }
    printf("on %s: %s\n", (*backend)->name, (*backend)->doc);
    return is_asked ? 3 : 1;
}

/* ", 123 MiB of the device taken": by this process and whoever else is there; "" where the backend
 * does not know. */
static inline const char *place_memory(const backend_t *backend) {
    static char text[64];
    text[0] = 0;
    if (backend->taken)
        snprintf(text, sizeof text, ", %.0f MiB of the device taken",
                 (double)backend->taken() / (1 << 20));
    return text;
}

/* Seconds spent so far: the processor's on the host, which other processes do not change much; the
 * clock's on a device, once all that was asked for is done. */
static inline double place_seconds(const backend_t *backend) {
    if (!backend->wait) return clock_processor();
    backend->wait();
    return clock_seconds();
}

#endif
