/* capture.h: what a function prints on stdout and stderr, as text. */
#ifndef TESTS_STORE_CAPTURE_H
#define TESTS_STORE_CAPTURE_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static int capture_saved[3];
static FILE *capture_file;

static inline void capture_begin(void) {
    fflush(NULL);
    capture_file = tmpfile();
    if (!capture_file) abort();
    for (int stream = STDOUT_FILENO; stream <= STDERR_FILENO; stream++) {
        capture_saved[stream] = dup(stream);
        dup2(fileno(capture_file), stream);
    }
}

/* The text since capture_begin. Static, until the next call. */
static inline const char *capture_end(void) {
    static char text[1 << 16];
    fflush(NULL);
    for (int stream = STDOUT_FILENO; stream <= STDERR_FILENO; stream++) {
        dup2(capture_saved[stream], stream);
        close(capture_saved[stream]);
    }
    rewind(capture_file);
    text[fread(text, 1, sizeof text - 1, capture_file)] = '\0';
    fclose(capture_file);
    return text;
}

#endif
