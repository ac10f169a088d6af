#include "rundir/run_dir.h"

#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/disk.h"
#include "base/lines.h"
#include "base/log.h"
#include "spec/space.h"

static status_t write_text(const char *run_dir, const char *name, const char *text, size_t length) {
    char path[PATH_MAX];
    const bytes_t file = {.at = (unsigned char *)text, .size = length};
    snprintf(path, sizeof path, "%s/%s", run_dir, name);
    return disk_replace(path, &file);
}

static int is_missing(const char *run_dir, const char *name) {
    char path[PATH_MAX];
    snprintf(path, sizeof path, "%s/%s", run_dir, name);
    return access(path, F_OK) != 0;
}

int run_dir_is_new(const char *run_dir) {
    return is_missing(run_dir, "spec.expanded.yaml") && (errno == ENOENT || errno == ENOTDIR);
}

/* A run that died early leaves locks and folders but no spec yet: those names are ours. */
static int is_our_name(const char *name) {
    static const char *const prefixes[] = {".", "lock", "spec.", "trials", NULL};
    for (const char *const *prefix = prefixes; *prefix; prefix++)
        if (strncmp(name, *prefix, strlen(*prefix)) == 0) return 1;
    return 0;
}

static status_t check_unclaimed(const char *run_dir) {
    DIR *folder = opendir(run_dir);
    if (!folder) {
        CHECK(errno == ENOENT, STATUS_ENVIRONMENT,
              "%s: cannot be used as a run directory: %s; choose another with --out", run_dir,
              strerror(errno));
        return STATUS_OK;
    }
    status_t status = STATUS_OK;
    for (struct dirent *entry; (entry = readdir(folder));) {
        CHECK_OR_DONE(is_our_name(entry->d_name), STATUS_SPEC,
                      "%s is no run directory and not empty (it holds '%s'); choose a new one with "
                      "--out",
                      run_dir, entry->d_name);
    }
done:
    closedir(folder);
    return status;
}

status_t run_dir_check(const char *run_dir, const spec_t *spec) {
    char path[PATH_MAX];
    spec_t *kept;
    if (run_dir_is_new(run_dir)) return check_unclaimed(run_dir);
    snprintf(path, sizeof path, "%s/spec.expanded.yaml", run_dir);
    TRY(spec_load(path, spec_space(spec)->catalog.sets, &kept));
    status_t status = STATUS_OK;
    char *difference = spec_difference(kept, spec);
    if (!difference || *difference)
        status = status_fail(STATUS_SPEC,
                             "%s is not the sweep that %s holds; a run directory keeps its spec. "
                             "Restore the spec, or choose another directory with --out. "
                             "Differences (- there, + here):\n%s",
                             spec_path(spec), run_dir, difference ? difference : "");
    free(difference);
    spec_destroy(&kept);
    return status;
}

status_t run_dir_keep_spec(const char *run_dir, const char *text, size_t length,
                           const char *expanded) {
    if (is_missing(run_dir, "spec.yaml")) TRY(write_text(run_dir, "spec.yaml", text, length));
    if (!is_missing(run_dir, "spec.expanded.yaml")) return STATUS_OK;
    return write_text(run_dir, "spec.expanded.yaml", expanded, strlen(expanded));
}

static void name_deaths(const char *run_dir, char path[PATH_MAX]) {
    snprintf(path, PATH_MAX, "%s/deaths", run_dir);
}

/* One that is not noted is one try more for its trial, no more. */
static void add_line(const char *run_dir, const char *line) {
    char path[PATH_MAX];
    name_deaths(run_dir, path);
    if (lines_add(path, line, strlen(line)) != STATUS_OK) log_warning("%s", status_message());
}

void run_dir_add_death(const char *run_dir, const trial_t *trial, const process_t *rank) {
    char line[256];
    snprintf(line, sizeof line, "%s %s %ld\n", trial->id, rank->host, rank->pid);
    add_line(run_dir, line);
}

void run_dir_forgive_deaths(const char *run_dir, const trial_t *trial) {
    char line[64];
    snprintf(line, sizeof line, "%s *\n", trial->id);
    add_line(run_dir, line);
}

/* "ID HOST PID\n" or "ID *\n", whole, or nothing. */
static const trial_t *read_death(const plan_t *plan, const char *line, int *is_forgiven) {
    char id[64], host[128];
    long pid;
    if (!strchr(line, '\n')) return NULL;
    int words = sscanf(line, "%63s %127s %ld", id, host, &pid);
    *is_forgiven = words == 2 && strcmp(host, "*") == 0;
    return words == 3 || *is_forgiven ? plan_find(plan, id) : NULL;
}

void run_dir_count_deaths(const char *run_dir, const plan_t *plan, unsigned *counts) {
    char line[256], path[PATH_MAX];
    name_deaths(run_dir, path);
    FILE *file = fopen(path, "r");
    if (!file) return; /* nobody died yet */
    while (fgets(line, sizeof line, file)) {
        int is_forgiven;
        const trial_t *trial = read_death(plan, line, &is_forgiven);
        if (trial) counts[trial->index] = is_forgiven ? 0 : counts[trial->index] + 1;
    }
    fclose(file);
}
