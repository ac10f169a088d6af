/* bench_kss: what Koopman spectral shaping adds to training, on one core.
 *
 * usage: bench_kss [d,L,heads,T,B]...      default: the proxy 128,4,4,64,16 and 256,6,4,64,32
 *
 * Every round times one gradient with its update of the parameters, and one application of the
 * shaping to it, of the stabilizer as trials use it, with its defaults. Processor time, medians
 * over rounds; overheads are medians of the rounds' own ratios, so that a machine that changes
 * speed does not spoil them. */
#include <stdio.h>
#include <stdlib.h>

#include "base/clock.h"
#include "bench/clean.h"
#include "kernel/gemm.h"
#include "optim/optim.h"
#include "spectral/kss.h"
#include "spectral/projection.h"
#include "stabilizer/kss.h"
#include "train/train.h"

enum { ROUNDS = 15, EVERY = 10 };

typedef struct size {
    int d, layers, heads, T, batch;
} size_tuple_t;

/* One trial's parts, without a trainer around them. */
typedef struct bench {
    spec_t *spec;
    plan_t *plan;
    task_t *task;
    batch_t batch;
    model_t *model;
    optim_t *optim;
    void *kss;
} bench_t;

static status_t bench_open(const size_tuple_t *s, int is_local, bench_t *b) {
    char text[512];
    const task_row_t *row;
    task_shape_t shape;
    int length =
        snprintf(text, sizeof text,
                 "name: bench\nseed: 1\ntask: {name: associative_recall, seq_len: %d}\n"
                 "model: {norm: none, width: %d, layers: %d, heads: %d}\n"
                 "train: {batch: %d, lr: 1e-4}\nkss: {alpha: 0.15, every: %d%s}\n",
                 s->T, s->d, s->layers, s->heads, s->batch, EVERY, is_local ? ", local: true" : "");
    TRY(spec_parse("bench", text, (size_t)length, train_field_sets, &b->spec));
    TRY(plan_create(b->spec, &b->plan));
    const trial_t *trial = plan_trial(b->plan, 0);
    TRY(task_describe(trial->config, &row, &shape));
    TRY(task_open(trial, &b->task));
    TRY(batch_create(&shape, s->batch, &b->batch));
    TRY(model_create(trial->config, &shape, s->batch, GRAPH_KEEP, &b->model));
    model_init(b->model, 1, 0);
    TRY(optim_create(trial->config, model_graph(b->model), &b->optim));
    return stabilizer_kss.create(trial, b->model, &b->kss);
}

static void bench_close(bench_t *b) {
    if (b->kss) stabilizer_kss.destroy(b->kss);
    optim_destroy(&b->optim);
    model_destroy(&b->model);
    batch_destroy(&b->batch);
    task_close(&b->task);
    plan_destroy(&b->plan);
    spec_destroy(&b->spec);
}

typedef struct round {
    double step, shaping, overhead;
} round_t;

static double lap(double *since) {
    double now = clock_processor(), took = now - *since;
    *since = now;
    return took;
}

static round_t time_round(bench_t *b, int64_t number) {
    round_t round;
    step_t step = {.number = number * EVERY, .model = b->model, .batch = &b->batch, .lr = 1e-4};
    task_row(b->task)->train(b->task, number, &b->batch);
    model_load(b->model, &b->batch);
    double at = clock_processor();
    model_gradient(b->model);
    round.step = lap(&at);
    step.passes = model_passes(b->model);
    step.grad_norm = optim_gradient_norm(model_graph(b->model));
    at = clock_processor();
    stabilizer_kss.after_gradient(b->kss, &step);
    round.shaping = lap(&at);
    optim_step(b->optim, number + 1, step.lr);
    round.step += lap(&at);
    round.overhead = 100 * round.shaping / (EVERY * round.step);
    return round;
}

static double median_of(const round_t *rounds, double (*value)(const round_t *)) {
    double x[ROUNDS];
    for (int i = 0; i < ROUNDS; i++) x[i] = value(&rounds[i]);
    return bench_median(x, ROUNDS);
}

static double get_step(const round_t *r) { return 1e3 * r->step; }
static double get_shaping(const round_t *r) { return 1e3 * r->shaping; }
static double get_overhead(const round_t *r) { return r->overhead; }

static status_t report(const size_tuple_t *s, int is_local) {
    bench_t b = {0};
    round_t rounds[ROUNDS];
    status_t status = bench_open(s, is_local, &b);
    if (status == STATUS_OK) {
        time_round(&b, 0); /* first touch of the memory */
        for (int i = 0; i < ROUNDS; i++) rounds[i] = time_round(&b, i + 1);
        printf("  %-6s a step %7.1f ms, an application %7.1f ms: %4.1f %% at interval %d\n",
               is_local ? "local" : "", median_of(rounds, get_step), median_of(rounds, get_shaping),
               median_of(rounds, get_overhead), EVERY);
    }
    bench_close(&b);
    return status;
}

/* One layer's loss and gradient on states as wide as these. */
static status_t report_layer(const size_tuple_t *s) {
    int n = s->batch * s->T, d = s->d, rank = 32;
    size_t count = (size_t)n * (size_t)d;
    float *x = calloc(4 * count, sizeof *x), *y = x + count;
    double *basis = calloc((size_t)(rank * d), sizeof *basis), ms[ROUNDS];
    rng_t rng = rng_open(1, 0, "bench", 0);
    kss_workspace_t *workspace = NULL;
    kss_result_t result;
    status_t status;
    for (size_t i = 0; i < count; i++) x[i] = (float)rng_normal(&rng);
    for (size_t i = 0; i < count; i++) y[i] = x[i] + (float)(0.1 * rng_normal(&rng));
    projection_random_basis(&rng, d, rank, basis);
    TRY_OR_DONE(kss_create(d, n, basis, rank, &kss_defaults, &workspace));
    TRY_OR_DONE(kss_evaluate(workspace, x, y, d, &result, y + count, y + 2 * count));
    for (int i = 0; i < ROUNDS; i++) {
        double at = clock_processor();
        TRY_OR_DONE(kss_evaluate(workspace, x, y, d, &result, y + count, y + 2 * count));
        ms[i] = 1e3 * lap(&at);
    }
    printf("d %d L %d T %d B %d: a layer's loss and gradient %.2f ms\n", d, s->layers, s->T,
           s->batch, bench_median(ms, ROUNDS));
done:
    kss_destroy(&workspace);
    free(basis);
    free(x);
    return status;
}

static int run(const size_tuple_t *s) {
    status_t status;
    TRY_OR_DONE(report_layer(s));
    TRY_OR_DONE(report(s, 0));
    TRY_OR_DONE(report(s, 1));
done:
    if (status != STATUS_OK) fprintf(stderr, "bench_kss: %s\n", status_message());
    return status != STATUS_OK;
}

int main(int argc, char **argv) {
    static const size_tuple_t sizes[] = {{128, 4, 4, 64, 16}, {256, 6, 4, 64, 32}};
    bench_clean_start(argv);
    printf("BLAS kernels: %s, one thread; processor time, medians of %d\n", gemm_start(1), ROUNDS);
    int failed = 0;
    for (int i = 1; i < argc && !failed; i++) {
        size_tuple_t s;
        if (sscanf(argv[i], "%d,%d,%d,%d,%d", &s.d, &s.layers, &s.heads, &s.T, &s.batch) != 5) {
            fprintf(stderr, "bench_kss: \"%s\" is no size; write d,L,heads,T,B\n", argv[i]);
            return 2;
        }
        failed = run(&s);
    }
    for (size_t i = 0; argc == 1 && i < sizeof sizes / sizeof *sizes && !failed; i++)
        failed = run(&sizes[i]);
    return failed;
}
