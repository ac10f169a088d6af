#include "cli/job_parts.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/disk.h"
#include "base/scope.h"
#include "base/text.h"

status_t job_path(const char *path, char whole[PATH_MAX]) {
    char here[PATH_MAX];
    if (*path == '/')
        here[0] = '\0';
    else
        CHECK(getcwd(here, sizeof here), STATUS_ENVIRONMENT, "the current folder is gone: %s",
              strerror(errno));
    int length = snprintf(whole, PATH_MAX, "%s%s%s", here, *here ? "/" : "", path);
    CHECK(length < PATH_MAX && !strchr(whole, '\n'), STATUS_SPEC,
          "%.200s: too long for a path, or a line break in it", path);
    return STATUS_OK;
}

/* In --output Slurm replaces what follows a %: double it. */
static void escape_percent(const char *path, char *escaped, size_t size) {
    size_t n = 0;
    for (; *path && n + 3 < size; path++) {
        if (*path == '%') escaped[n++] = '%';
        escaped[n++] = *path;
    }
    escaped[n] = '\0';
}

/* The user's own lines of the script. After the first line that is no comment sbatch reads no more
 * #SBATCH lines, and these come later: refused rather than passed over. */
static status_t read_prologue(const char *path, bytes_t *file) {
    status_t status = disk_read(path, file);
    if (status == STATUS_INCOMPLETE) /* which is a trial that is missing, elsewhere */
        return status_fail(STATUS_SPEC, "--prologue: %s", status_message());
    TRY(status);
    char *text = strndup((const char *)file->at, file->size), *rest = text;
    int line = 0, found = 0;
    CHECK(text, STATUS_ENVIRONMENT, "out of memory for %s", path);
    for (char *next; !found && (next = strsep(&rest, "\n")); line++)
        found = strncmp(next, "#SBATCH", strlen("#SBATCH")) == 0;
    free(text);
    CHECK(!found, STATUS_SPEC,
          "%s:%d: sbatch reads no #SBATCH line here, after the script's own; give the option after "
          "-- instead",
          path, line);
    return STATUS_OK;
}

static status_t quote_paths(const char *run_dir, job_parts_t *parts) {
    char program[PATH_MAX] = "", escaped[2 * PATH_MAX], logs[2 * PATH_MAX + 8], here[PATH_MAX];
    if (readlink("/proc/self/exe", program, sizeof program - 1) < 0)
        return status_fail(STATUS_ENVIRONMENT, "/proc/self/exe: %s", strerror(errno));
    TRY(job_path(".", here));
    here[strlen(here) - 2] = '\0';
    escape_percent(run_dir, escaped, sizeof escaped);
    snprintf(logs, sizeof logs, "%.*s/logs", PATH_MAX, escaped);
    script_quote(program, parts->program);
    script_quote(run_dir, parts->run);
    script_quote(logs, parts->logs);
    script_quote(*here ? here : "/", parts->here);
    return STATUS_OK;
}

/* A line "export NAME='WHOLE PATH'" for the path that the variable holds now: the script may be
 * submitted again from elsewhere, and sbatch --export=NONE keeps what is around the job from it. */
static status_t export_path(const char *name, char *lines, size_t size) {
    const char *path = getenv(name);
    char whole[PATH_MAX], quoted[SCRIPT_QUOTED_MAX];
    if (!path || !*path) {
        text_append(lines, size, "# (%s was not set)\n", name);
        return STATUS_OK;
    }
    TRY(job_path(path, whole));
    script_quote(whole, quoted);
    text_append(lines, size, "export %s=%s\n", name, quoted);
    return STATUS_OK;
}

static status_t take_prologue(const char *path, job_parts_t *parts) {
    HELD(bytes_free) bytes_t file = {0};
    static const char nothing[] = "# (nothing)";
    if (path) TRY(read_prologue(path, &file));
    parts->prologue = path ? strndup((const char *)file.at, file.size) : strdup(nothing);
    CHECK(parts->prologue, STATUS_ENVIRONMENT, "out of memory for the job script");
    size_t length = strlen(parts->prologue);
    while (length && parts->prologue[length - 1] == '\n') parts->prologue[--length] = '\0';
    return STATUS_OK;
}

status_t job_parts_fill(const char *prologue, char *const *words, const char *run_dir,
                        job_parts_t *parts) {
    TRY(quote_paths(run_dir, parts));
    TRY(export_path("KOOPSWEEP_DATA", parts->environment, sizeof parts->environment));
    TRY(export_path("SLURM_CONF", parts->environment, sizeof parts->environment));
    TRY(words_print(words, parts->words));
    return take_prologue(prologue, parts);
}

void job_parts_free(job_parts_t *parts) {
    free(parts->prologue);
    parts->prologue = NULL;
}
