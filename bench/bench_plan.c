/* bench_plan: how long a master takes to know a very large sweep, and how much memory.
 *
 * usage: bench_plan [CONFIGURATIONS]                     default: 1000000
 *
 * Reads a sweep of so many configurations (learning rates x weight decays x depths), plans it,
 * estimates every trial, looks for its files in an empty run directory, and makes the schedule;
 * prints the seconds of each and the peak of memory. Fails above 10 s or 2 GiB. */
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <unistd.h>

#include "base/clock.h"
#include "dispatch/dispatch.h"
#include "store/store.h"

enum { DEPTHS = 10, DECAYS = 100 };
#define SECONDS_MAX 10.0
#define GIB_MAX     2.0

static int write_spec(const char *path, int configurations) {
    FILE *file = fopen(path, "w");
    if (!file) return 0;
    fprintf(file, "name: large\nseed: 1\naxes:\n  product:\n    model.layers: [");
    for (int i = 0; i < DEPTHS; i++) fprintf(file, "%s%d", i ? ", " : "", i + 1);
    fprintf(file, "]\n    train.weight_decay: [");
    for (int i = 0; i < DECAYS; i++) fprintf(file, "%s%g", i ? ", " : "", 0.001 * i);
    fprintf(file, "]\n    train.lr: [");
    for (int i = 0; i < configurations / DEPTHS / DECAYS; i++)
        fprintf(file, "%s%.6g", i ? ", " : "", 1e-4 * (i + 1));
    fprintf(file, "]\n");
    return fclose(file) == 0;
}

static double gib_peak(void) {
    struct rusage usage;
    getrusage(RUSAGE_SELF, &usage);
    return (double)usage.ru_maxrss / (1 << 20);
}

/* Prints what the seconds since *before went into. */
static void tell(const char *what, double *before) {
    double now = clock_seconds();
    printf("  %-44s %6.2f s\n", what, now - *before);
    *before = now;
}

static status_t plan_all(const sweep_options_t *options, session_t *session, dispatch_t *dispatch) {
    double before = clock_seconds();
    TRY(session_load(options, session));
    printf("%zu trials\n", plan_count(session->plan));
    tell("spec, plan, ids", &before);
    TRY(session_estimate(session));
    printf("  (%zu kinds of trials)\n", session->costs.kind_count);
    tell("expected costs", &before);
    TRY(session_take(session));
    TRY(session_survey(session));
    tell("run directory, states from files", &before);
    TRY(dispatch_open(session, NULL, 2, 1, dispatch));
    tell("schedule", &before);
    return STATUS_OK;
}

int main(int argc, char **argv) {
    char folder[] = "/tmp/bench-plan-XXXXXX", spec[64], run[64], command[64];
    if (!mkdtemp(folder)) return 1;
    snprintf(spec, sizeof spec, "%s/spec.yaml", folder);
    snprintf(run, sizeof run, "%s/run", folder);
    snprintf(command, sizeof command, "rm -rf %s", folder);
    if (!write_spec(spec, argc > 1 ? atoi(argv[1]) : 1000000)) return 1;
    const sweep_options_t options = {.spec_path = spec,
                                     .run_dir = run,
                                     .estimate = trial_estimate,
                                     .field_sets = train_field_sets};
    session_t session = {0};
    dispatch_t dispatch = {0};
    double start = clock_seconds();
    status_t status = plan_all(&options, &session, &dispatch);
    double seconds = clock_seconds() - start, gib = gib_peak();
    if (status != STATUS_OK) fprintf(stderr, "error: %s\n", status_message());
    printf("  %-44s %6.2f s, peak %.2f GiB\n", "all", seconds, gib);
    dispatch_close(&dispatch);
    session_close(&session);
    int is_removed = system(command) == 0;
    return !(status == STATUS_OK && seconds < SECONDS_MAX && gib < GIB_MAX && is_removed);
}
