/* bench_store: what a tiny trial costs on disk and in the verbs that read all of a run.
 *
 * usage: bench_store [TRIALS [FOLDER]]                 default: 4000 /tmp
 *        bench_store TRIALS keep RUN                   makes a run directory and leaves it
 *
 * Writes so many trials of three steps, with all that a real one leaves, into a run directory in
 * FOLDER, packs them, and prints for each step seconds, and milliseconds a trial of wall clock and
 * of processor time: making the file (no flush), packing, the table without and with an index,
 * verify, merge. Every fourth trial has diverged. Files are in the page cache. A run that is kept
 * is for the verbs themselves: time koopsweep merge RUN all.h5. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "bench/tiny.h"
#include "rundir/run_dir.h"
#include "store/store.h"
#include "store/trial_file.h"
#include "train/train.h"

typedef struct bench {
    char folder[200], run[256];
    spec_t *spec;
    plan_t *plan;
    size_t bytes; /* of all trials' files */
} bench_t;

static double processor_seconds(void) {
    struct timespec time;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time);
    return (double)time.tv_sec + 1e-9 * (double)time.tv_nsec;
}

/* As store_write_trial, but without a flush for each. */
static status_t write_trial(bench_t *bench, const trial_t *trial) {
    char path[512];
    HELD(bytes_free) bytes_t bytes = {0};
    HELD(record_clear) record_t record = tiny_record(1 + (double)trial->index);
    const char *state = trial->replica % 4 ? "COMPLETED" : "DIVERGED";
    TRY(trial_encode(trial, state, &record, &bytes));
    snprintf(path, sizeof path, "%s/trials/%.2s", bench->run, trial->id);
    mkdir(path, 0777);
    snprintf(path, sizeof path, "%s/trials/%.2s/%s.h5", bench->run, trial->id, trial->id);
    FILE *file = fopen(path, "w");
    CHECK(file, STATUS_ENVIRONMENT, "cannot write %s", path);
    size_t written = fwrite(bytes.at, 1, bytes.size, file);
    CHECK(fclose(file) == 0 && written == bytes.size, STATUS_ENVIRONMENT, "cannot write %s", path);
    bench->bytes += bytes.size;
    return STATUS_OK;
}

static status_t write_all(bench_t *bench) {
    for (size_t i = 0; i < plan_count(bench->plan); i++)
        TRY(write_trial(bench, plan_trial(bench->plan, i)));
    return STATUS_OK;
}

static status_t pack(bench_t *bench) { return store_pack_all(bench->run, 0); }

static status_t load(bench_t *bench) {
    frame_t frame = {0};
    TRY(store_load(bench->run, bench->plan, &frame));
    frame_clear(&frame);
    return STATUS_OK;
}

static status_t write_index(bench_t *bench) {
    return store_write_index(bench->run, bench->plan, NULL);
}

static status_t verify(bench_t *bench) { return store_verify(bench->run, bench->plan, NULL, 0); }

static status_t merge(bench_t *bench) {
    char path[300];
    struct stat about;
    size_t merged;
    snprintf(path, sizeof path, "%s/all.h5", bench->folder);
    TRY(store_merge(bench->run, bench->plan, NULL, path, &merged));
    CHECK(merged == plan_count(bench->plan) && stat(path, &about) == 0, STATUS_BUG,
          "%zu trials were merged", merged);
    printf("  %zu bytes a trial in the merged file\n", (size_t)about.st_size / merged);
    unlink(path);
    return STATUS_OK;
}

static status_t measure(bench_t *bench, const char *what, status_t (*step)(bench_t *)) {
    size_t count = plan_count(bench->plan);
    double start = clock_seconds(), before = processor_seconds();
    TRY(step(bench));
    double wall = clock_seconds() - start, own = processor_seconds() - before;
    printf("  %-28s %8.3f s %8.3f ms a trial, %8.3f of processor time\n", what, wall,
           1e3 * wall / (double)count, 1e3 * own / (double)count);
    return STATUS_OK;
}

/* Eight configurations. */
static void make_spec(int trials, char text[300]) {
    snprintf(text, 300,
             "name: tiny\nreplicas: %d\nmodel: {width: 16, heads: 2, layers: 1}\n"
             "train: {steps: 3, batch: 4, valid_batches: 1}\n"
             "axes: {product: {model.norm: [pre_ln, none], train.lr: [0.001, 0.01, 0.1, 1]}}\n",
             (trials + 7) / 8);
}

static status_t open_bench(bench_t *bench, int trials) {
    char text[300];
    make_spec(trials, text);
    TRY(spec_parse("bench", text, strlen(text), train_field_sets, &bench->spec));
    TRY(plan_create(bench->spec, &bench->plan));
    return store_open(bench->run);
}

static status_t run(bench_t *bench, int trials, const char *folder) {
    snprintf(bench->folder, sizeof bench->folder, "%s/bench-store-XXXXXX", folder);
    CHECK(mkdtemp(bench->folder), STATUS_ENVIRONMENT, "cannot make a folder in %s", folder);
    snprintf(bench->run, sizeof bench->run, "%s/run", bench->folder);
    TRY(open_bench(bench, trials));
    printf("%zu trials of three steps\n", plan_count(bench->plan));
    TRY(measure(bench, "made and written, no flush", write_all));
    printf("  %zu bytes a trial\n", bench->bytes / plan_count(bench->plan));
    TRY(measure(bench, "packed", pack));
    TRY(measure(bench, "table, all files read", load));
    TRY(measure(bench, "index written", write_index));
    TRY(measure(bench, "table, by the index", load));
    TRY(measure(bench, "verify", verify));
    return measure(bench, "merge", merge);
}

static status_t keep(bench_t *bench, int trials, const char *run) {
    char text[300];
    make_spec(trials, text);
    snprintf(bench->run, sizeof bench->run, "%s", run);
    TRY(open_bench(bench, trials));
    TRY(run_dir_keep_spec(run, bench->plan, text, strlen(text)));
    TRY(write_all(bench));
    TRY(pack(bench));
    TRY(write_index(bench));
    printf("%s: %zu trials, %zu bytes each\n", run, plan_count(bench->plan),
           bench->bytes / plan_count(bench->plan));
    return STATUS_OK;
}

int main(int argc, char **argv) {
    char command[300];
    bench_t bench = {0};
    int trials = argc > 1 ? atoi(argv[1]) : 4000, is_kept = argc == 4;
    status_t status =
        is_kept ? keep(&bench, trials, argv[3]) : run(&bench, trials, argc > 2 ? argv[2] : "/tmp");
    if (status != STATUS_OK) fprintf(stderr, "error: %s\n", status_message());
    plan_destroy(&bench.plan);
    spec_destroy(&bench.spec);
    snprintf(command, sizeof command, "rm -rf '%s'", bench.folder);
    return (!is_kept && system(command) != 0) || status != STATUS_OK;
}
