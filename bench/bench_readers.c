/* bench_readers: what `status` and `table` pay for trials that have files of their own.
 *
 * usage: bench_readers [TRIALS [FOLDER]]                 default: 10000 /tmp
 *
 * Writes so many small results into a run directory in FOLDER and loads the table three ways: by
 * the index, so that of each file seal, length and time stamp are looked at (the cheap checks);
 * without an index, every file read and decoded; and by the index after the files were packed.
 * Prints the best of three of each: the files are in the page cache, a cold or remote file system
 * adds its own time for each open. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "store/store.h"
#include "store/trial_file.h"
#include "train/train.h"

enum { STEPS = 100, TIMES = 3 };

typedef struct bench {
    char folder[200], run[256];
    spec_t *spec;
    plan_t *plan;
} bench_t;

static double processor_seconds(void) {
    struct timespec time;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time);
    return (double)time.tv_sec + 1e-9 * (double)time.tv_nsec;
}

static record_t result(double loss) {
    record_t record = {0};
    int64_t step[STEPS];
    double losses[STEPS];
    for (int i = 0; i < STEPS; i++) {
        step[i] = i;
        losses[i] = loss / (1 + i);
    }
    record_put(&record, "series/step", RECORD_I64, 1, (size_t[]){STEPS}, step);
    record_put_vector(&record, "series/loss", losses, STEPS);
    record_put_i64(&record, "outcome/diverged", 0);
    record_put_f64(&record, "outcome/loss_first", loss);
    return record;
}

/* As store_write_trial, but without a flush for each: they are not what is measured. */
static status_t write_trial(const bench_t *bench, const trial_t *trial) {
    char path[512];
    HELD(bytes_free) bytes_t bytes = {0};
    HELD(record_clear) record_t record = result(1 + (double)trial->index);
    TRY(trial_encode(trial, "COMPLETED", &record, &bytes));
    snprintf(path, sizeof path, "%s/trials/%.2s", bench->run, trial->id);
    TRY(disk_make_folder(path));
    snprintf(path, sizeof path, "%s/trials/%.2s/%s.h5", bench->run, trial->id, trial->id);
    FILE *file = fopen(path, "w");
    CHECK(file, STATUS_ENVIRONMENT, "cannot write %s", path);
    size_t written = fwrite(bytes.at, 1, bytes.size, file);
    CHECK(fclose(file) == 0 && written == bytes.size, STATUS_ENVIRONMENT, "cannot write %s", path);
    return STATUS_OK;
}

static status_t open_bench(bench_t *bench, int trials, const char *folder) {
    char text[200];
    snprintf(bench->folder, sizeof bench->folder, "%s/bench-readers-XXXXXX", folder);
    CHECK(mkdtemp(bench->folder), STATUS_ENVIRONMENT, "cannot make a folder in %s", folder);
    snprintf(bench->run, sizeof bench->run, "%s/run", bench->folder);
    snprintf(text, sizeof text, "name: readers\nreplicas: %d\n", trials);
    TRY(spec_parse("bench", text, strlen(text), train_field_sets, &bench->spec));
    TRY(plan_create(bench->spec, &bench->plan));
    TRY(store_open(bench->run));
    for (size_t i = 0; i < plan_count(bench->plan); i++)
        TRY(write_trial(bench, plan_trial(bench->plan, i)));
    return STATUS_OK;
}

static int close_bench(bench_t *bench) {
    char command[300];
    plan_destroy(&bench->plan);
    spec_destroy(&bench->spec);
    snprintf(command, sizeof command, "rm -rf '%s'", bench->folder);
    return system(command) == 0;
}

static status_t load(const bench_t *bench, const char *how) {
    double best = 1e9, processor = 1e9;
    size_t count = plan_count(bench->plan), whole = 0;
    for (int i = 0; i < TIMES; i++) {
        frame_t frame = {0};
        double start = clock_seconds(), before = processor_seconds();
        TRY(store_load(bench->run, bench->plan, &frame));
        double wall = clock_seconds() - start, own = processor_seconds() - before;
        if (wall < best) best = wall;
        if (own < processor) processor = own;
        whole = 0;
        for (size_t row = 0; row < count; row++)
            whole += strcmp(frame_find(&frame, "state")->text[row], "COMPLETED") == 0;
        frame_clear(&frame);
    }
    CHECK(whole == count, STATUS_CORRUPT, "%zu of %zu results found", whole, count);
    printf("  %-44s %7.3f s (%.3f s of processor time), %.1f us a trial\n", how, best, processor,
           1e6 * best / (double)count);
    return STATUS_OK;
}

static status_t measure(const bench_t *bench) {
    printf("%zu trials with files of their own\n", plan_count(bench->plan));
    TRY(load(bench, "no index: every file read"));
    TRY(store_write_index(bench->run, bench->plan, NULL));
    TRY(load(bench, "by the index, every file looked at"));
    TRY(store_pack_all(bench->run, 0));
    TRY(store_write_index(bench->run, bench->plan, NULL));
    return load(bench, "by the index, packed into segments");
}

int main(int argc, char **argv) {
    bench_t bench = {0};
    status_t status =
        open_bench(&bench, argc > 1 ? atoi(argv[1]) : 10000, argc > 2 ? argv[2] : "/tmp");
    if (status == STATUS_OK) status = measure(&bench);
    if (status != STATUS_OK) fprintf(stderr, "error: %s\n", status_message());
    return !(close_bench(&bench) && status == STATUS_OK);
}
