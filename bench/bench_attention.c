/* bench_attention: attention that stores its weights [B, H, T, T] beside attention that recomputes
 * them in every pass, in time and memory.
 *
 * usage: bench_attention [--on BACKEND] [d,L,heads,T,B]...      default: host; T = 64 .. 1024
 *
 * Every round runs a gradient with everything kept and an H v, then the attention operators of all
 * layers alone, phase by phase, once with each; medians over rounds, ratios are medians of the
 * rounds' own. Seconds are the processor's on the host, the clock's on a device. Memory is
 * computed: of the model in training, and with tangents. */
#include <math.h>

#include "base/rng.h"
#include "bench/clean.h"
#include "bench/place.h"
#include "kernel/gemm.h"
#include "model/model.h"

enum { ROUNDS_MAX = 25, VOCABULARY = 64, WAYS = 2 };
static const char *const ways[WAYS] = {"stored", "recomputed"};
static const char *const phases[GRAPH_PHASES] = {"forward", "backward", "forward tangent",
                                                 "backward tangent"};

static const backend_t *backend = &backend_host;

typedef struct size {
    long d, layers, heads, T, batch;
} size_tuple_t;

/* Of the attention operators by phase, and of gradient and H v as a whole; place_seconds. */
typedef struct times {
    double attention[GRAPH_PHASES], gradient, product;
} times_t;

static model_t *create(const size_tuple_t *s, const char *way, graph_mode_t mode) {
    model_options_t options = {.arch = "gpt",
                               .norm = "pre_ln",
                               .width = s->d,
                               .layers = s->layers,
                               .heads = s->heads,
                               .mlp_ratio = 4,
                               .init_std = 0.02,
                               .embed_std = 0.02};
    snprintf(options.attention, sizeof options.attention, "%s", way);
    task_shape_t shape = {.kind = TASK_TOKENS, .seq_len = (int)s->T, .vocab = VOCABULARY};
    model_t *model = NULL;
    if (model_create_on(backend, &options, &shape, (int)s->batch, mode, &model)) {
        fprintf(stderr, "bench_attention: %s\n", status_message());
        exit(7);
    }
    model_init(model, 42, 0);
    long rows = s->batch * s->T;
    int32_t *ids = malloc(2 * (size_t)rows * sizeof *ids);
    rng_t rng = rng_open(42, 0, "bench", 0);
    for (long i = 0; i < 2 * rows; i++) ids[i] = (int32_t)rng_below(&rng, VOCABULARY);
    model_load(model, &(batch_t){.size = (int)s->batch, .tokens = ids, .targets = ids + rows});
    free(ids);
    return model;
}

static double mebibytes_in_training(const size_tuple_t *s, const char *way) {
    model_t *model = create(s, way, GRAPH_TRAIN);
    double bytes = model_cost(model).bytes;
    model_destroy(&model);
    return bytes / (1 << 20);
}

static void time_whole(model_t *model, const flt *v, flt *hv, times_t *times) {
    double start = place_seconds(backend);
    model_gradient(model);
    times->gradient = place_seconds(backend) - start;
    start = place_seconds(backend);
    model_product(model, v, hv);
    times->product = place_seconds(backend) - start;
}

/* Again after a gradient and an H v, so all they read is there: layer after layer. */
static void time_attention(model_t *model, times_t *times) {
    kernel_t *const kernels[GRAPH_PHASES] = {backend_forward(backend, &op_attention, VALUES),
                                             backend_backward(backend, &op_attention, VALUES),
                                             backend_forward(backend, &op_attention, TANGENTS),
                                             backend_backward(backend, &op_attention, TANGENTS)};
    const graph_t *g = model_graph(model);
    for (int p = 0; p < GRAPH_PHASES; p++) {
        double start = place_seconds(backend);
        for (int i = 0; i < graph_nodes(g); i++)
            if (graph_op(g, i) == &op_attention) kernels[p](graph_call(g, i));
        times->attention[p] = place_seconds(backend) - start;
    }
}

static times_t take_times(model_t *model, const flt *v, flt *hv) {
    times_t times;
    time_whole(model, v, hv, &times);
    time_attention(model, &times);
    return times;
}

/* The number at `offset` of times_t: median of one way, and of the ratio. */
static void print_median(const char *what, times_t (*round)[WAYS], int rounds, size_t offset) {
    double x[WAYS][ROUNDS_MAX], ratio[ROUNDS_MAX];
    for (int i = 0; i < rounds; i++) {
        for (int w = 0; w < WAYS; w++) x[w][i] = *(double *)((char *)&round[i][w] + offset);
        ratio[i] = x[1][i] / x[0][i];
    }
    printf("   %-17s %9.2f %9.2f ms   %.2f\n", what, 1e3 * bench_median(x[0], rounds),
           1e3 * bench_median(x[1], rounds), bench_median(ratio, rounds));
}

static void print(const size_tuple_t *s, times_t (*round)[WAYS], int rounds, model_t *model[WAYS]) {
    printf("d %ld L %ld heads %ld T %ld B %ld, %d rounds\n   %-17s %9s %9s\n", s->d, s->layers,
           s->heads, s->T, s->batch, rounds, "", ways[0], ways[1]);
    for (int p = 0; p < GRAPH_PHASES; p++)
        print_median(phases[p], round, rounds,
                     offsetof(times_t, attention) + (size_t)p * sizeof(double));
    print_median("whole gradient", round, rounds, offsetof(times_t, gradient));
    print_median("whole H v", round, rounds, offsetof(times_t, product));
    printf("   %-17s %9.0f %9.0f MiB\n", "in training", mebibytes_in_training(s, ways[0]),
           mebibytes_in_training(s, ways[1]));
    printf("   %-17s %9.0f %9.0f MiB\n", "with tangents", model_cost(model[0]).bytes / (1 << 20),
           model_cost(model[1]).bytes / (1 << 20));
}

static void run(const size_tuple_t *s) {
    model_t *model[WAYS];
    times_t round[ROUNDS_MAX][WAYS];
    for (int w = 0; w < WAYS; w++) model[w] = create(s, ways[w], GRAPH_CURVATURE);
    size_t n = (size_t)model_size(model[0]);
    flt *v = calloc(2 * n, sizeof *v), *hv = v + n;
    rng_t rng = rng_open(42, 0, "direction", 0);
    for (size_t i = 0; i < n; i++) v[i] = (flt)rng_normal(&rng);
    for (int w = 0; w < WAYS; w++) round[0][w] = take_times(model[w], v, hv); /* warm up */
    double once = round[0][0].gradient + round[0][0].product;
    int rounds = (int)fmin(ROUNDS_MAX, fmax(5, 10 / (4 * once)));
    for (int i = 0; i < rounds; i++)
        for (int w = 0; w < WAYS; w++) round[i][w] = take_times(model[w], v, hv);
    print(s, round, rounds, model);
    free(v);
    for (int w = 0; w < WAYS; w++) model_destroy(&model[w]);
}

int main(int argc, char **argv) {
    static const size_tuple_t sizes[] = {{256, 4, 8, 64, 32},
                                         {256, 4, 8, 128, 16},
                                         {256, 4, 8, 256, 8},
                                         {256, 4, 8, 512, 4},
                                         {256, 4, 8, 1024, 2}};
    bench_clean_start(argv);
    setvbuf(stdout, NULL, _IOLBF, 0);
    printf("bench_attention: BLAS kernels %s, OPENBLAS_* unset; medians over rounds\n",
           gemm_start(1));
    int first = place_open("bench_attention", argc, argv, &backend);
    for (int i = first; i < argc; i++) {
        size_tuple_t s;
        if (sscanf(argv[i], "%ld,%ld,%ld,%ld,%ld", &s.d, &s.layers, &s.heads, &s.T, &s.batch) != 5)
            return fprintf(stderr, "usage: bench_attention [--on BACKEND] [d,L,heads,T,B]...\n"), 2;
        run(&s);
    }
    for (size_t i = 0; argc == first && i < sizeof sizes / sizeof *sizes; i++) run(&sizes[i]);
    return 0;
}
