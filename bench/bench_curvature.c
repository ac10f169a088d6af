/* bench_curvature: how good are few products? Curvature along a real training run, estimated with
 * warm and with cold starts, against a converged value.
 *
 * usage: KOOPSWEEP_DATA=DIR bench_curvature [STEPS [EVERY [WIDTH]]]     default 80 8 64
 *
 * Measuring changes no bit of a training, so every arm sees the same trajectory (checked) and the
 * same matrices: a small gpt on WikiText. The reference is Lanczos with 60 products. Errors are
 * relative, medians over the estimates of the second half of the run, where warm starts have
 * settled; the AWU paper (arXiv 2606.16768) finds 5 warm products better than 20 cold ones. */
#include <math.h>

#include "bench/clean.h"
#include "train/train.h"

enum { COUNTS = 5, ESTIMATES_MAX = 4096, MATRICES = 2 };
static const int counts[COUNTS] = {1, 2, 5, 10, 20};
static const char *const matrices[MATRICES] = {"hessian", "preconditioned"};

typedef struct size {
    int steps, every, width;
} size_tuple_t;

static void give_up(void) {
    fprintf(stderr, "bench_curvature: %s\n", status_message());
    exit(7);
}

/* Runs one arm: `curvature` are its options. */
static record_t run_arm(const size_tuple_t *size, const char *curvature) {
    char text[1024];
    spec_t *spec = NULL;
    plan_t *plan = NULL;
    record_t record = {0};
    trial_state_t state;
    snprintf(text, sizeof text,
             "name: bench\nseed: 42\nprobe.rksp.steps: []\n"
             "task: {name: text, vocab: 1000, seq_len: 64}\n"
             "model: {width: %d, layers: 4, heads: 4}\n"
             "train: {steps: %d, batch: 8, lr: 0.003, warmup: 20, valid_batches: 0}\n"
             "curvature: {every: %d, %s}\n",
             size->width, size->steps, size->every, curvature);
    if (spec_parse("bench.yaml", text, strlen(text), train_field_sets, &spec) ||
        plan_create(spec, &plan) ||
        trial_run(plan_trial(plan, 0), &(trial_setting_t){0}, &record, &state))
        give_up();
    plan_destroy(&plan);
    spec_destroy(&spec);
    return record;
}

static const double *series(const record_t *record, const char *path) {
    return record_find(record, path)->data;
}

static const double *curvature_series(const record_t *record, const char *matrix,
                                      const char *what) {
    char path[RECORD_PATH_MAX];
    snprintf(path, sizeof path, "curvature/%s_%s", matrix, what);
    return series(record, path);
}

static int estimates_of(const record_t *record) {
    return (int)record_find(record, "curvature/step")->shape[0];
}

/* Median over the second half of the run. */
static double median_of_half(const double *x, int n) {
    double half[ESTIMATES_MAX];
    memcpy(half, x + n / 2, (size_t)(n - n / 2) * sizeof *half);
    return bench_median(half, n - n / 2);
}

static double error_of(const record_t *arm, const record_t *reference, const char *matrix) {
    double error[ESTIMATES_MAX];
    int n = estimates_of(arm);
    const double *found = curvature_series(arm, matrix, "lambda");
    const double *right = curvature_series(reference, matrix, "lambda");
    for (int i = 0; i < n; i++) error[i] = fabs(found[i] / right[i] - 1);
    return median_of_half(error, n);
}

static double angle_of(const record_t *arm, const char *matrix) {
    return median_of_half(curvature_series(arm, matrix, "angle"), estimates_of(arm));
}

/* Seconds of all estimates over those of the rest of the same run. */
static double overhead_of(const record_t *arm) {
    double measuring = 0, all = *series(arm, "outcome/seconds");
    for (int i = 0; i < estimates_of(arm); i++) measuring += series(arm, "curvature/seconds")[i];
    return measuring / (all - measuring);
}

static void check_trajectory(const record_t *arm, const record_t *reference) {
    const record_item_t *a = record_find(arm, "series/loss");
    const record_item_t *b = record_find(reference, "series/loss");
    size_t bytes = record_item_count(a) * sizeof(double);
    if (record_item_count(a) == record_item_count(b) && memcmp(a->data, b->data, bytes) == 0)
        return;
    fprintf(stderr, "bench_curvature: measuring has changed the training\n");
    exit(1);
}

static void print_arm(const size_tuple_t *size, const record_t *reference, int products,
                      int is_cold) {
    char options[128];
    snprintf(options, sizeof options, "products: %d, cold_start: %s", products,
             is_cold ? "true" : "false");
    record_t arm = run_arm(size, options);
    check_trajectory(&arm, reference);
    printf("%-5s %8d", is_cold ? "cold" : "warm", products);
    for (int m = 0; m < MATRICES; m++)
        printf("   %8.4f %10.3f", error_of(&arm, reference, matrices[m]),
               angle_of(&arm, matrices[m]));
    printf("   %8.0f %%\n", 100 * overhead_of(&arm));
    record_clear(&arm);
}

int main(int argc, char **argv) {
    size_tuple_t size = {80, 8, 64};
    bench_clean_start(argv);
    if (!getenv("KOOPSWEEP_DATA")) {
        printf("bench_curvature: skipped: KOOPSWEEP_DATA is not set: no text to train on\n");
        return 0;
    }
    if (argc > 1) size.steps = atoi(argv[1]);
    if (argc > 2) size.every = atoi(argv[2]);
    if (argc > 3) size.width = atoi(argv[3]);
    setvbuf(stdout, NULL, _IOLBF, 0);
    if (size.every < 1 || size.steps / size.every < 4 ||
        size.steps / size.every > ESTIMATES_MAX / 2)
        return fprintf(stderr, "usage: bench_curvature [STEPS [EVERY [WIDTH]]]\n"), 2;
    record_t reference = run_arm(&size, "method: lanczos, lanczos_steps: 60");
    int n = estimates_of(&reference);
    printf("bench_curvature: WikiText, gpt d %d L 4 T 64 B 8, %d steps, an estimate every %d; "
           "medians over the last %d estimates\n",
           size.width, size.steps, size.every, n - n / 2);
    for (int m = 0; m < MATRICES; m++)
        printf("converged: lambda(%s) %.4g, angle of successive eigenvectors %.3f\n", matrices[m],
               median_of_half(curvature_series(&reference, matrices[m], "lambda"), n),
               angle_of(&reference, matrices[m]));
    printf("start products    error(H)   angle(H)   error(G)   angle(G)   overhead, H and G\n");
    for (int is_cold = 0; is_cold < 2; is_cold++)
        for (int c = 0; c < COUNTS; c++) print_arm(&size, &reference, counts[c], is_cold);
    record_clear(&reference);
    return 0;
}
