/* bench_long: attention over long sequences, recomputed, alone: what bench_long.py puts beside
 * PyTorch's.
 *
 * usage: bench_long [--on BACKEND] [heads,head_size,T,B]...
 *        default: host; 8 heads of 64, T = 1024, 2048, 4096
 *
 * Causal; queries, keys and values are parameters, so gradients and H v are those of attention's
 * own inputs. Seconds (place_seconds) of the operator's phases, medians over rounds: a gradient is
 * forward and backward, an H v both tangents, after a gradient. Memory is what the process grew by
 * at most, of a gradient and of an H v; of a device, what more of it was taken. */
#include <math.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/rng.h"
#include "bench/clean.h"
#include "bench/place.h"
#include "graph/graph.h"
#include "kernel/attention.h"
#include "kernel/backend.h"
#include "kernel/cross_entropy.h"
#include "kernel/gemm.h"

enum { ROUNDS = 5 };

static const backend_t *backend = &backend_host;

typedef struct size_of_case {
    long heads, head_size, T, batch;
} size_of_case_t;

/* So far at most, of the process; now, of a device, whose memory is all planned ahead. */
static double mebibytes(void) {
    struct rusage used;
    if (backend->taken) return (double)backend->taken() / (1 << 20);
    getrusage(RUSAGE_SELF, &used);
    return (double)used.ru_maxrss / 1024;
}

/* The loss is there because a graph must have one; it is not timed. */
static graph_t *make_graph(const size_of_case_t *s, graph_mode_t mode) {
    long rows = s->batch * s->T, width = s->heads * s->head_size;
    struct attention_options attention = {.length = s->T,
                                          .heads = s->heads,
                                          .kv_heads = s->heads,
                                          .head_size = s->head_size,
                                          .causal = 1,
                                          .recomputes = 1};
    struct cross_entropy_options loss = {.weight = (flt)1 / (flt)rows};
    graph_t *g = graph_create();
    graph_place(g, backend);
    tensor_t qkv = graph_parameter(g, "qkv", rows, 3 * width, NULL);
    tensor_t targets = graph_index(g, rows);
    tensor_t y = graph_apply(g, &op_attention, &qkv, NO_TENSOR, &attention, sizeof attention);
    graph_apply(g, &op_cross_entropy, &y, targets, &loss, sizeof loss);
    if (graph_plan(g, mode) || graph_allocate(g)) {
        fprintf(stderr, "bench_long: %s\n", status_message());
        exit(7);
    }
    rng_t rng = rng_open(42, 0, "bench", 0);
    flt *theta = graph_theta(g);
    int32_t *index = graph_indices(g, targets);
    for (long i = 0; i < graph_size(g); i++) theta[i] = (flt)rng_normal(&rng);
    for (long i = 0; i < rows; i++) index[i] = (int32_t)rng_below(&rng, (uint32_t)width);
    return g;
}

/* One phase of the attention operator; what it reads was left there by a whole pass. */
static double time_phase(const graph_t *g, kernel_t *kernel) {
    double start = place_seconds(backend);
    kernel(graph_call(g, 0));
    return place_seconds(backend) - start;
}

static double time_both(const graph_t *g, int kind) {
    double x[ROUNDS];
    for (int i = 0; i < ROUNDS; i++)
        x[i] = time_phase(g, backend_forward(backend, &op_attention, kind)) +
               time_phase(g, backend_backward(backend, &op_attention, kind));
    return 1e3 * bench_median(x, ROUNDS);
}

static void run(const size_of_case_t *s) {
    double before = mebibytes();
    graph_t *g = make_graph(s, GRAPH_TRAIN);
    graph_run_gradient(g);
    double gradient = time_both(g, VALUES), small = mebibytes() - before;
    graph_destroy(&g);
    g = make_graph(s, GRAPH_CURVATURE);
    flt *direction = graph_direction(g);
    for (long i = 0; i < graph_size(g); i++) direction[i] = 1;
    graph_run_gradient(g);
    graph_run_product(g);
    double product = time_both(g, TANGENTS);
    printf("%ld,%ld,%ld,%ld: gradient %.2f ms, H v %.2f ms, %.0f MiB, with tangents %.0f MiB\n",
           s->heads, s->head_size, s->T, s->batch, gradient, product, small, mebibytes() - before);
    graph_destroy(&g);
}

/* In a process of its own: a process never forgets how large it has been. It opens the device:
 * one that is open does not live through a fork. */
static void run_apart(const size_of_case_t *s, int argc, char **argv) {
    int ended = 0;
    pid_t child = fork();
    if (child == 0) {
        place_open("bench_long", argc, argv, &backend);
        run(s);
        exit(0);
    }
    if (child < 0 || waitpid(child, &ended, 0) < 0 || ended) exit(7);
}

int main(int argc, char **argv) {
    static const size_of_case_t sizes[] = {{8, 64, 1024, 1}, {8, 64, 2048, 1}, {8, 64, 4096, 1}};
    bench_clean_start(argv);
    setvbuf(stdout, NULL, _IOLBF, 0);
    printf("bench_long: BLAS kernels %s, one thread; medians of %d\n", gemm_start(1), ROUNDS);
    fflush(stdout);
    int first = argc > 2 && strcmp(argv[1], "--on") == 0 ? 3 : 1;
    for (int i = first; i < argc; i++) {
        size_of_case_t s;
        if (sscanf(argv[i], "%ld,%ld,%ld,%ld", &s.heads, &s.head_size, &s.T, &s.batch) != 4 ||
            s.heads < 1 || s.head_size < 1 || s.T < 1 || s.batch < 1)
            return fprintf(stderr, "usage: bench_long [--on BACKEND] [heads,head_size,T,B]...\n"),
                   2;
        run_apart(&s, argc, argv);
    }
    for (size_t i = 0; argc == first && i < sizeof sizes / sizeof *sizes; i++)
        run_apart(&sizes[i], argc, argv);
    return 0;
}
