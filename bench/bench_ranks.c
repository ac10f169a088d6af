/* bench_ranks: what a second rank on a second core is worth, with real training trials.
 *
 * usage: bench_ranks [STEPS [FOLDER]]                    default: 60 $TMPDIR
 *
 * Trains trials of a GPT (width 128, 4 blocks, 64 tokens, batch 32) three ways, on a machine with
 * two free cores: one at a time; two at once; one at a time, each shared by two ranks. Prints
 * trials per second of training time (start and end of MPI left out) relative to the first. */
#include <limits.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "store/store.h"
#include "sweep/sweep.h"

enum { TRIALS = 4 };

static int write_spec(const char *path, const char *steps, int ranks) {
    FILE *file = fopen(path, "w");
    if (!file) return 0;
    fprintf(file,
            "name: ranks\nseed: 1\nreplicas: %d\nresources.ranks_per_trial: %d\n"
            "train: {steps: %s, batch: 32, valid_batches: 0}\nprobe.rksp.steps: []\n"
            "model: {width: 128, heads: 4, layers: 4}\ntask: {seq_len: 64, vocab: 256}\n",
            TRIALS, ranks, steps);
    return fclose(file) == 0;
}

/* As the sweep itself, its launcher or one of its ranks. */
static int be_sweep(int argc, char **argv) {
    const sweep_options_t options = {.spec_path = argv[1],
                                     .run_dir = argv[2],
                                     .workers = atoi(argv[3]),
                                     .is_quiet = 1,
                                     .silence = 60,
                                     .run = trial_run,
                                     .estimate = trial_estimate,
                                     .field_sets = train_field_sets};
    status_t status = sweep_run(&options, argc, argv);
    if (status != STATUS_OK && *status_message()) fprintf(stderr, "error: %s\n", status_message());
    return (int)status;
}

/* The seconds all trials of the run took together. */
static double read_seconds(const char *spec_path, const char *run) {
    spec_t *spec = NULL;
    plan_t *plan = NULL;
    frame_t frame = {0};
    double seconds = NAN;
    if (spec_load(spec_path, train_field_sets, &spec) == STATUS_OK &&
        plan_create(spec, &plan) == STATUS_OK && store_load(run, plan, &frame) == STATUS_OK) {
        seconds = 0;
        for (size_t i = 0; i < frame.rows; i++)
            seconds += frame_numbers(&frame, "outcome/seconds")[i];
    }
    frame_clear(&frame);
    plan_destroy(&plan);
    spec_destroy(&spec);
    return seconds;
}

/* Trials per second of `workers` at once, `ranks` to each. */
static double measure(const char *folder, const char *steps, int ranks, const char *workers) {
    char spec[PATH_MAX], run[PATH_MAX];
    snprintf(spec, sizeof spec, "%s/%d-%s.yaml", folder, ranks, workers);
    snprintf(run, sizeof run, "%s/%d-%s", folder, ranks, workers);
    if (!write_spec(spec, steps, ranks)) return NAN;
    pid_t child = fork();
    if (child == 0) {
        execl("/proc/self/exe", "bench_ranks", spec, run, workers, "sweep", (char *)NULL);
        _exit(127);
    }
    int status = -1;
    waitpid(child, &status, 0);
    return status == 0 ? TRIALS * atoi(workers) / read_seconds(spec, run) : NAN;
}

int main(int argc, char **argv) {
    if (argc > 4 && !strcmp(argv[4], "sweep")) return be_sweep(argc, argv);
    const char *steps = argc > 1 ? argv[1] : "60";
    const char *base = argc > 2 ? argv[2] : getenv("TMPDIR");
    char folder[PATH_MAX], command[PATH_MAX + 8];
    snprintf(folder, sizeof folder, "%s/bench-ranks-XXXXXX", base ? base : "/tmp");
    if (!mkdtemp(folder)) return 1;
    double one = measure(folder, steps, 1, "1"), two = measure(folder, steps, 1, "2");
    double shared = measure(folder, steps, 2, "1");
    printf("%d trials of %s steps, trials per second\n", TRIALS, steps);
    printf("  %-42s %.4f\n", "one rank, one trial at a time", one);
    printf("  %-42s %.4f, %.2f times as many\n", "two ranks, two at once", two, two / one);
    printf("  %-42s %.4f, %.2f times as many\n", "two ranks, sharing one at a time", shared,
           shared / one);
    snprintf(command, sizeof command, "rm -rf %s", folder);
    int is_removed = system(command) == 0;
    return !(isfinite(one) && isfinite(two) && isfinite(shared) && is_removed);
}
