/* bench_external: what koopsweep adds to a program of the user's own: trials of a program that logs
 * one line, beside a loop that forks, executes and waits for the same program and does nothing
 * else.
 *
 * usage: bench_external [TRIALS]     default: 100
 *
 * Both by turns, so that other jobs on the machine weigh on both alike. Wall clock, of which other
 * jobs only add to the upper part: the lowest tenth; and processor time, of this process and of
 * those that it started: the mean. */
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "external/folder.h"
#include "train/train.h"

extern char **environ;
static const char script[] = "echo '{\"step\": 0, \"loss\": 1}' >>$KOOPSWEEP_DIR/metrics.jsonl";

static int ascending(const void *a, const void *b) {
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static double lowest_tenth(double *x, size_t n) {
    qsort(x, n, sizeof *x, ascending);
    return x[n / 10];
}

static double seconds_of(struct timeval time) {
    return (double)time.tv_sec + 1e-6 * (double)time.tv_usec;
}

/* Of this process and of those that have ended. */
static double processor(void) {
    double sum = 0;
    for (int who = RUSAGE_CHILDREN; who <= RUSAGE_SELF; who++) {
        struct rusage usage;
        getrusage(who, &usage);
        sum += seconds_of(usage.ru_utime) + seconds_of(usage.ru_stime);
    }
    return sum;
}

static double run_bare(void) {
    char *argv[] = {"sh", "-c", (char *)script, NULL};
    pid_t pid;
    int status;
    double start = clock_seconds();
    if (posix_spawnp(&pid, "sh", NULL, NULL, argv, environ) != 0) abort();
    waitpid(pid, &status, 0);
    return clock_seconds() - start;
}

static double run_trial(const trial_t *trial, const trial_setting_t *setting) {
    record_t record = {0};
    trial_state_t state;
    double start = clock_seconds();
    if (trial_run(trial, setting, &record, &state) != STATUS_OK) {
        fprintf(stderr, "%s\n", status_message());
        exit(1);
    }
    record_clear(&record);
    return clock_seconds() - start;
}

int main(int argc, char **argv) {
    size_t trials = argc > 1 ? strtoul(argv[1], NULL, 10) : 100;
    char text[512], folder[] = "/tmp/koopsweep-bench-XXXXXX";
    double *bare = calloc(trials + 1, sizeof *bare), *ours = calloc(trials + 1, sizeof *ours);
    spec_t *spec;
    plan_t *plan;
    if (!bare || !ours || !trials || !mkdtemp(folder)) return 1;
    setenv("KOOPSWEEP_DIR", folder, 1);
    snprintf(text, sizeof text,
             "name: bench\nexternal: {command: [sh, -c, \"%s\"]}\nparams.a: 1\nreplicas: %zu\n",
             "echo '{\\\"step\\\": 0, \\\"loss\\\": 1}' >>$KOOPSWEEP_DIR/metrics.jsonl", trials);
    if (spec_parse("bench", text, strlen(text), train_field_sets, &spec) != STATUS_OK ||
        plan_create(spec, &plan) != STATUS_OK) {
        fprintf(stderr, "%s\n", status_message());
        return 1;
    }
    const trial_setting_t setting = {.run_dir = folder};
    double work_alone = 0, work_with = 0, last = processor();
    for (size_t i = 0; i < trials; i++) {
        bare[i] = run_bare();
        work_alone += processor() - last;
        last = processor();
        ours[i] = run_trial(plan_trial(plan, i), &setting);
        work_with += processor() - last;
        last = processor();
    }
    double alone = 1e3 * lowest_tenth(bare, trials), with = 1e3 * lowest_tenth(ours, trials);
    printf("%zu trials of sh, ms each:  alone  as a trial  more\n", trials);
    printf("wall clock, lowest tenth %10.2f %11.2f %5.2f\n", alone, with, with - alone);
    work_alone *= 1e3 / (double)trials;
    work_with *= 1e3 / (double)trials;
    printf("processor time, mean     %10.2f %11.2f %5.2f\n", work_alone, work_with,
           work_with - work_alone);
    folder_remove(folder);
    plan_destroy(&plan);
    spec_destroy(&spec);
    free(bare);
    free(ours);
    return 0;
}
