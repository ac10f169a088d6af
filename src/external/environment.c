#include "external/environment.h"

#include <glob.h>
#include <limits.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/memory.h"
#include "base/text.h"

extern char **environ;

/* A program that uses MPI itself would take itself for a rank of our job. */
static int is_of_our_job(const char *entry) {
    static const char *const prefixes[] = {"OMPI_", "PMIX_", "PMI_", "PRTE_", "MPI_LOCALRANKID="};
    if (strncmp(entry, "OMPI_ALLOW_", 11) == 0) return 0;
    for (size_t i = 0; i < sizeof prefixes / sizeof *prefixes; i++)
        if (strncmp(entry, prefixes[i], strlen(prefixes[i])) == 0) return 1;
    return 0;
}

static char **find(const environment_t *environment, const char *name) {
    size_t length = strlen(name);
    for (size_t i = 0; i < environment->count; i++)
        if (!strncmp(environment->at[i], name, length) && environment->at[i][length] == '=')
            return &environment->at[i];
    return NULL;
}

static void add(environment_t *environment, char *entry) {
    environment->at = memory_grow(environment->at, environment->count + 2, sizeof *environment->at,
                                  "an environment");
    environment->at[environment->count++] = entry;
    environment->at[environment->count] = NULL;
}

static void set(environment_t *environment, const char *name, const char *value) {
    size_t size = strlen(name) + strlen(value) + 2;
    char *entry = memory_grow(NULL, size, 1, "an environment");
    snprintf(entry, size, "%s=%s", name, value);
    char **old = find(environment, name);
    if (!old) {
        add(environment, entry);
        return;
    }
    free(*old);
    *old = entry;
}

static void set_number(environment_t *environment, const char *name, double number) {
    char text[32];
    snprintf(text, sizeof text, "%.0f", number);
    set(environment, name, text);
}

static void inherit(environment_t *environment) {
    for (char **entry = environ; entry && *entry; entry++) {
        if (is_of_our_job(*entry)) continue;
        size_t size = strlen(*entry) + 1;
        char *copy = memory_grow(NULL, size, 1, "an environment");
        memcpy(copy, *entry, size);
        add(environment, copy);
    }
}

/* --- GPUs --- */

/* Number of this process among those of its machine. */
static int local_rank(void) {
    static const char *const names[] = {"OMPI_COMM_WORLD_LOCAL_RANK", "MPI_LOCALRANKID",
                                        "PMI_LOCAL_RANK", "SLURM_LOCALID"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (getenv(names[i])) return atoi(getenv(names[i]));
    return 0;
}

/* What this process may see: the names that CUDA_VISIBLE_DEVICES lists, or the machine's numbers.
 */
static size_t list_gpus(char names[][64], size_t room) {
    size_t count = 0;
    const char *given = getenv("CUDA_VISIBLE_DEVICES");
    for (; given && *given && count < room; given += *given == ',') {
        size_t length = strcspn(given, ",");
        snprintf(names[count++], 64, "%.*s", (int)length, given);
        given += length;
    }
    glob_t found;
    if (given || glob("/dev/nvidia[0-9]*", 0, NULL, &found) != 0) return count;
    for (; count < found.gl_pathc && count < room; count++)
        snprintf(names[count], 64, "%zu", count);
    globfree(&found);
    return count;
}

/* The machine's ranks take its GPUs in turn. */
static void set_gpus(environment_t *environment, double gpus) {
    enum { GPUS_MAX = 64 };
    char names[GPUS_MAX][64], text[GPUS_MAX * 64] = "";
    size_t count = list_gpus(names, GPUS_MAX);
    if (!(gpus > 0) || count == 0) return;
    size_t first = (size_t)(local_rank() * gpus + 1e-9), wanted = (size_t)ceil(gpus);
    for (size_t i = 0; i < wanted && i < count; i++)
        text_append(text, sizeof text, "%s%s", i ? "," : "", names[(first + i) % count]);
    set(environment, "CUDA_VISIBLE_DEVICES", text);
}

/* --- our Python module --- */

/* In the source tree, of build/ and of build/sanitize/, or where make install has put it. */
static void add_module(environment_t *environment) {
    static const char *const places[] = {"../python", "../../python", "../share/koopsweep/python"};
    char program[PATH_MAX] = "", path[PATH_MAX], whole[2 * PATH_MAX] = "";
    ssize_t length = readlink("/proc/self/exe", program, sizeof program - 1);
    if (length <= 0 || !strrchr(program, '/')) return;
    *strrchr(program, '/') = '\0';
    for (size_t i = 0; i < sizeof places / sizeof *places; i++) {
        *path = '\0';
        text_append(path, sizeof path, "%s/%s", program, places[i]);
        if (access(path, R_OK) != 0) continue;
        const char *own = getenv("PYTHONPATH");
        text_append(whole, sizeof whole, "%s%s%s", own ? own : "", own && *own ? ":" : "", path);
        set(environment, "PYTHONPATH", whole);
        return;
    }
}

void environment_create(const scene_t *scene, const struct external_options *options,
                        const char *snapshots, double seconds_left, environment_t *environment) {
    static const char *const threads[] = {"OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS",
                                          "MKL_NUM_THREADS"};
    char path[PATH_MAX] = "";
    *environment = (environment_t){0};
    inherit(environment);
    for (size_t i = 0; i < sizeof threads / sizeof *threads; i++)
        set_number(environment, threads[i], (double)options->cores);
    set_gpus(environment, options->gpus);
    add_module(environment);
    text_append(path, sizeof path, "%s/checkpoints", scene->dir);
    set(environment, "KOOPSWEEP_DIR", scene->dir);
    set(environment, "KOOPSWEEP_CHECKPOINTS", path);
    set(environment, "KOOPSWEEP_TRIAL", scene->trial->id);
    set(environment, "KOOPSWEEP_ARM", scene->trial->arm);
    set(environment, "KOOPSWEEP_SNAPSHOTS", snapshots);
    set_number(environment, "KOOPSWEEP_SEED", scene->seed);
    set_number(environment, "KOOPSWEEP_REPLICA", scene->trial->replica);
    set_number(environment, "KOOPSWEEP_ATTEMPT", scene->attempt);
    if (isfinite(seconds_left))
        set_number(environment, "KOOPSWEEP_SECONDS_LEFT", fmax(0, seconds_left));
}

void environment_destroy(environment_t *environment) {
    for (size_t i = 0; i < environment->count; i++) free(environment->at[i]);
    free(environment->at);
    *environment = (environment_t){0};
}
