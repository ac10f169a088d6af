/* bench_profile: the layer profile (RKSP) of a whole model on one core, as the probe takes it:
 * forward passes, positions gathered, every layer profiled. bench_rksp times one layer.
 *
 * usage: bench_profile [d,L]...      default: 128,4  256,6
 *
 * A gpt on random tokens, 2048 samples. Milliseconds of processor time, medians over rounds. */
#include <stdio.h>
#include <stdlib.h>

#include "base/clock.h"
#include "bench/clean.h"
#include "bench/model.h"
#include "probe/rksp.h"
#include "train/train.h"

enum { ROUNDS = 3, LENGTH = 64, BATCH = 8, VOCAB = 256 };

static void give_up(void) {
    fprintf(stderr, "bench_profile: %s\n", status_message());
    exit(7);
}

static void draw(void *context, int64_t number, batch_t *batch) {
    (void)context;
    rng_t rng = rng_open(42, 0, "bench", (uint32_t)number);
    for (int i = 0; i < BATCH * LENGTH; i++) batch->tokens[i] = (int32_t)rng_below(&rng, VOCAB);
}

static double milliseconds(rksp_probe_t *probe, model_t *model, batch_t *batch) {
    const probe_batches_t batches = {.draw = draw};
    double start = clock_processor();
    if (rksp_probe_run(probe, &batches, model, batch, 0)) give_up();
    return 1000 * (clock_processor() - start);
}

static void run(int d, int layers) {
    static const char text[] = "name: bench\nprobe.rksp: {steps: [0, 1, 2], samples: 2048}\n";
    static const task_shape_t shape = {.kind = TASK_TOKENS, .seq_len = LENGTH, .vocab = VOCAB};
    const bench_size_t size = {d, layers, 4, LENGTH, BATCH, VOCAB};
    double all[ROUNDS], forward;
    spec_t *spec;
    rksp_probe_t *probe;
    batch_t batch;
    if (spec_parse("bench.yaml", text, strlen(text), train_field_sets, &spec)) give_up();
    const probe_setting_t setting = {.config = spec_config(spec), .label = "bench"};
    model_t *model = bench_model(&backend_host, &size, "auto", GRAPH_TRAIN);
    if (batch_create(&shape, BATCH, &batch) || rksp_probe_create(&setting, model, ROUNDS, &probe))
        give_up();
    for (int i = 0; i < ROUNDS; i++) all[i] = milliseconds(probe, model, &batch);
    forward = clock_processor();
    for (int i = 0; i < 2048 / (BATCH * LENGTH); i++) model_hidden_states(model);
    forward = 1000 * (clock_processor() - forward);
    double whole = bench_median(all, ROUNDS);
    printf("%6d %4d %10.1f %10.1f %10.1f\n", d, layers, whole, forward, (whole - forward) / layers);
    rksp_probe_destroy(&probe);
    batch_destroy(&batch);
    model_destroy(&model);
    spec_destroy(&spec);
}

int main(int argc, char **argv) {
    int d, layers;
    bench_clean_start(argv);
    printf("     d    L  whole, ms forward, ms  per layer, ms\n");
    for (int i = 1; i < argc; i++) {
        if (sscanf(argv[i], "%d,%d", &d, &layers) != 2)
            return fprintf(stderr, "usage: bench_profile [d,L]...\n"), 2;
        run(d, layers);
    }
    if (argc == 1) run(128, 4), run(256, 6);
    return 0;
}
