#include "rundir/stopped.h"

#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/disk.h"

static void name(char path[PATH_MAX], const char *run_dir) {
    snprintf(path, PATH_MAX, "%s/stopped", run_dir);
}

status_t stopped_write(const char *run_dir, const char *text) {
    char path[PATH_MAX], line[STOPPED_TEXT_MAX + 1];
    name(path, run_dir);
    int length = snprintf(line, sizeof line, "%.*s\n", STOPPED_TEXT_MAX - 1, text);
    return disk_replace(path, &(bytes_t){(unsigned char *)line, (size_t)length});
}

void stopped_read(const char *run_dir, char text[STOPPED_TEXT_MAX]) {
    char path[PATH_MAX];
    text[0] = '\0';
    name(path, run_dir);
    FILE *file = fopen(path, "r");
    if (!file) return;
    if (!fgets(text, STOPPED_TEXT_MAX, file)) text[0] = '\0';
    fclose(file);
    text[strcspn(text, "\n")] = '\0';
}

void stopped_forget(const char *run_dir) {
    char path[PATH_MAX];
    name(path, run_dir);
    unlink(path);
}
