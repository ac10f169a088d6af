#include "rundir/cancel.h"

#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static void name(char path[PATH_MAX], const char *run_dir, const char *file) {
    snprintf(path, PATH_MAX, "%s/%s", run_dir, file);
}

status_t cancel_ask(const char *run_dir, const char *wish) {
    char folder[PATH_MAX], path[PATH_MAX + NAME_MAX];
    name(folder, run_dir, "cancel");
    snprintf(path, sizeof path, "%s/%s", folder, wish);
    CHECK(mkdir(folder, 0777) == 0 || errno == EEXIST, STATUS_ENVIRONMENT, "cannot make %s: %s",
          folder, strerror(errno));
    FILE *file = fopen(path, "w");
    CHECK(file, STATUS_ENVIRONMENT, "cannot write %s: %s", path, strerror(errno));
    fclose(file);
    return STATUS_OK;
}

void cancel_take(const char *run_dir, void (*take)(void *context, const char *wish),
                 void *context) {
    char folder[PATH_MAX];
    name(folder, run_dir, "cancel");
    DIR *wishes = opendir(folder);
    if (!wishes) return;
    for (struct dirent *wish; (wish = readdir(wishes));) {
        if (wish->d_name[0] == '.') continue;
        take(context, wish->d_name);
        unlinkat(dirfd(wishes), wish->d_name, 0);
    }
    closedir(wishes);
}

void cancel_mark(const char *run_dir) {
    char path[PATH_MAX];
    name(path, run_dir, "cancelled");
    FILE *file = fopen(path, "w");
    if (file) fclose(file);
}

static void ignore(void *context, const char *wish) {
    (void)context;
    (void)wish;
}

void cancel_forget(const char *run_dir) {
    char path[PATH_MAX];
    cancel_take(run_dir, ignore, NULL);
    name(path, run_dir, "cancel");
    rmdir(path);
    name(path, run_dir, "cancelled");
    unlink(path);
}
