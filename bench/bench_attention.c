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

#include "bench/clean.h"
#include "bench/model.h"
#include "bench/place.h"
#include "kernel/gemm.h"

enum { ROUNDS_MAX = 25, VOCABULARY = 64, WAYS = 2 };
static const char *const ways[WAYS] = {"stored", "recomputed"};
static const char *const phases[GRAPH_PHASES] = {"forward", "backward", "forward tangent",
                                                 "backward tangent"};

static const backend_t *backend = &backend_host;

/* Of the attention operators by phase, and of gradient and H v as a whole; place_seconds. */
typedef struct times {
    double attention[GRAPH_PHASES], gradient, product;
} times_t;

static double mebibytes_in_training(const bench_size_t *s, const char *way) {
    model_t *model = bench_model(backend, s, way, GRAPH_TRAIN);
    double bytes = model_cost(model).bytes;
    model_destroy(&model);
    return bytes / (1 << 20);
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
    times_t times = {.gradient = bench_time_gradient(model)};
    times.product = bench_time_product(model, v, hv);
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

static void print(const bench_size_t *s, times_t (*round)[WAYS], int rounds, model_t *model[WAYS]) {
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

static void run(const bench_size_t *s) {
    model_t *model[WAYS];
    times_t round[ROUNDS_MAX][WAYS];
    for (int w = 0; w < WAYS; w++) model[w] = bench_model(backend, s, ways[w], GRAPH_CURVATURE);
    flt *v = bench_direction(model[0]), *hv = v + model_size(model[0]);
    for (int w = 0; w < WAYS; w++) {
        bench_begin_products(model[w], v, hv);
        round[0][w] = take_times(model[w], v, hv); /* warm up */
    }
    double once = round[0][0].gradient + round[0][0].product;
    int rounds = (int)fmin(ROUNDS_MAX, fmax(5, 10 / (4 * once)));
    for (int i = 0; i < rounds; i++)
        for (int w = 0; w < WAYS; w++) round[i][w] = take_times(model[w], v, hv);
    print(s, round, rounds, model);
    free(v);
    for (int w = 0; w < WAYS; w++) model_destroy(&model[w]);
}

int main(int argc, char **argv) {
    static const bench_size_t sizes[] = {{256, 4, 8, 64, 32, VOCABULARY},
                                         {256, 4, 8, 128, 16, VOCABULARY},
                                         {256, 4, 8, 256, 8, VOCABULARY},
                                         {256, 4, 8, 512, 4, VOCABULARY},
                                         {256, 4, 8, 1024, 2, VOCABULARY}};
    bench_clean_start(argv);
    setvbuf(stdout, NULL, _IOLBF, 0);
    printf("bench_attention: BLAS kernels %s, OPENBLAS_* unset; medians over rounds\n",
           gemm_start(1));
    int first = place_open("bench_attention", argc, argv, &backend);
    for (int i = first; i < argc; i++) {
        bench_size_t s = {.vocab = VOCABULARY};
        if (sscanf(argv[i], "%ld,%ld,%ld,%ld,%ld", &s.d, &s.layers, &s.heads, &s.T, &s.batch) != 5)
            return fprintf(stderr, "usage: bench_attention [--on BACKEND] [d,L,heads,T,B]...\n"), 2;
        run(&s);
    }
    for (size_t i = 0; argc == first && i < sizeof sizes / sizeof *sizes; i++) run(&sizes[i]);
    return 0;
}
