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

/* --- its spec --- */

static status_t load_spec(const char *run_dir, const char *name, const spec_t *like,
                          spec_t **spec) {
    char path[PATH_MAX];
    snprintf(path, sizeof path, "%s/%s", run_dir, name);
    return spec_load(path, spec_space(like)->catalog.sets, spec);
}

static int is_same(const spec_t *a, const spec_t *b) {
    char *difference = spec_difference(a, b);
    int is_empty = difference && !*difference;
    free(difference);
    return is_empty;
}

/* Is RUN/spec.yaml that very sweep? It is not the one of spec.expanded.yaml between two steps of
 * run_dir_extend. */
static int is_as_given(const char *run_dir, const spec_t *spec) {
    spec_t *given = NULL;
    int is_it = load_spec(run_dir, "spec.yaml", spec, &given) == STATUS_OK && is_same(given, spec);
    spec_destroy(&given);
    return is_it;
}

static status_t find_growth(const char *run_dir, const spec_t *kept, const plan_t *plan,
                            growth_t *growth) {
    earlier_t earlier;
    plan_t *before = NULL;
    status_t status = earlier_load(run_dir, spec_space(kept)->catalog.sets, &earlier);
    for (size_t i = 0; i < earlier.count && status == STATUS_OK; i++)
        status = growth_between(earlier.plans[i], plan, growth);
    earlier_clear(&earlier);
    if (status == STATUS_OK) status = plan_create(kept, &before);
    if (status == STATUS_OK) status = growth_between(before, plan, growth);
    plan_destroy(&before);
    return status;
}

static void describe_growth(const growth_t *growth, char *text, size_t size) {
    snprintf(text, size, "%zu trials stay, %zu are new, %zu are left out", growth->kept,
             growth->after - growth->kept, growth->before - growth->kept);
}

/* Another sweep than the kept one: in what it differs, and what can be done. */
static status_t refuse(const char *run_dir, const spec_t *kept, const plan_t *plan) {
    char extension[160] = "";
    growth_t growth;
    const spec_t *spec = plan_spec(plan);
    if (find_growth(run_dir, kept, plan, &growth) == STATUS_OK && growth.kept) {
        strcpy(extension, "extend the run by it with --extend (");
        describe_growth(&growth, extension + strlen(extension), 100);
        strcat(extension, "), ");
    }
    char *difference = spec_difference(kept, spec);
    status_t status = status_fail(
        STATUS_SPEC,
        "%s is not the sweep that %s holds; a run directory keeps its spec. Restore the spec, %sor "
        "choose another directory with --out. Differences (- there, + here):\n%s",
        spec_path(spec), run_dir, extension, difference ? difference : "");
    free(difference);
    return status;
}

static status_t check_extension(const char *run_dir, const spec_t *kept, const plan_t *plan,
                                growth_t *growth) {
    TRY(find_growth(run_dir, kept, plan, growth));
    CHECK(growth->kept, STATUS_SPEC,
          "%s has no trial in common with the sweep that %s holds: it is another one, not more of "
          "it; choose another directory with --out",
          spec_path(plan_spec(plan)), run_dir);
    return STATUS_OK;
}

status_t run_dir_check(const char *run_dir, const plan_t *plan, int may_extend, growth_t *growth) {
    spec_t *kept;
    const spec_t *spec = plan_spec(plan);
    *growth = (growth_t){0};
    if (run_dir_is_new(run_dir)) return check_unclaimed(run_dir);
    status_t status = load_spec(run_dir, "spec.expanded.yaml", spec, &kept);
    int is_known = status == STATUS_OK && is_same(kept, spec);
    int may = may_extend || (earlier_is_begun(run_dir) && is_as_given(run_dir, spec));
    if (status == STATUS_OK && !is_known)
        status = may ? check_extension(run_dir, kept, plan, growth) : refuse(run_dir, kept, plan);
    spec_destroy(&kept);
    return status;
}

status_t run_dir_keep_spec(const char *run_dir, const plan_t *plan, const char *text,
                           size_t length) {
    const spec_t *spec = plan_spec(plan);
    int is_given_up = earlier_is_begun(run_dir) && !is_as_given(run_dir, spec);
    if (is_missing(run_dir, "spec.yaml") || is_given_up)
        TRY(write_text(run_dir, "spec.yaml", text, length));
    if (!is_missing(run_dir, "spec.expanded.yaml")) return STATUS_OK;
    const char *expanded = spec_expanded(spec);
    return write_text(run_dir, "spec.expanded.yaml", expanded, strlen(expanded));
}

/* spec.expanded.yaml comes last: by it everybody knows what the sweep is. */
status_t run_dir_extend(const char *run_dir, const plan_t *plan, const char *text, size_t length) {
    const char *expanded = spec_expanded(plan_spec(plan));
    TRY(earlier_keep(run_dir));
    TRY(write_text(run_dir, "spec.yaml", text, length));
    return write_text(run_dir, "spec.expanded.yaml", expanded, strlen(expanded));
}

/* --- its dead --- */

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
