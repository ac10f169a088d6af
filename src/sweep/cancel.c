#include "sweep/cancel.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static void name(char path[PATH_MAX], const char *run_dir, const char *file) {
    snprintf(path, PATH_MAX, "%s/%s", run_dir, file);
}

status_t cancel_ask(const char *run_dir, const char *wish) {
    char path[PATH_MAX];
    name(path, run_dir, "cancel");
    FILE *file = fopen(path, "a");
    int is_written = file && fprintf(file, "%s\n", wish) > 0;
    if (file && fclose(file) != 0) is_written = 0;
    CHECK(is_written, STATUS_ENVIRONMENT, "cannot write %s: %s", path, strerror(errno));
    return STATUS_OK;
}

void cancel_take(const char *run_dir, void (*take)(void *context, const char *wish),
                 void *context) {
    char path[PATH_MAX], taken[PATH_MAX], line[128];
    name(path, run_dir, "cancel");
    name(taken, run_dir, "cancel.taken");
    if (rename(path, taken) != 0) return;
    FILE *file = fopen(taken, "r");
    while (file && fgets(line, sizeof line, file)) {
        line[strcspn(line, "\n")] = '\0';
        take(context, line);
    }
    if (file) fclose(file);
    unlink(taken);
}

void cancel_mark(const char *run_dir) {
    char path[PATH_MAX];
    name(path, run_dir, "cancelled");
    FILE *file = fopen(path, "w");
    if (file) fclose(file);
}

void cancel_forget(const char *run_dir) {
    static const char *const files[] = {"cancel", "cancel.taken", "cancelled", NULL};
    char path[PATH_MAX];
    for (const char *const *file = files; *file; file++) {
        name(path, run_dir, *file);
        unlink(path);
    }
}
