/* bench_step: one training step and one Hessian-vector product, on one core or on a device.
 *
 * usage: bench_step [--on BACKEND] [--precision NAME] [--train-only] [d,L,heads,T,B,V]...
 *        default: host, f32; the sizes below. tf32 is a precision, too, on a device that has it.
 *
 * Every round times, one after the other: the FMA peak, the linear layers' matrix products alone
 * (the floor: same library, shapes and process; both on the host only), a step (gradient, its norm
 * and AdamW), a gradient with everything kept, and an H v (these two not with --train-only).
 * Medians over rounds; ratios are medians of the rounds' own ratios, so that a machine that changes
 * speed does not spoil them. Times are the processor's, which other programs change little; of a
 * device the host's, until it is done. bench_torch.py prints the same beside PyTorch's.
 */
#include <math.h>
#include <string.h>

#include "base/clock.h"
#include "bench/clean.h"
#include "bench/model.h"
#include "bench/peak.h"
#include "bench/place.h"
#include "kernel/gemm.h"

enum { ROUNDS_MAX = 64 };

static const backend_t *backend = &backend_host;
static const precision_t *precision = &precision_f32;
static int is_train_only;

typedef struct round {
    double peak, floor, step, gradient, product;
} round_t;

/* --- the machine --- */

/* The products of one linear layer's forward and backward pass, and nothing else. */
static void linear_products(const call_t *c) {
    long n = c->x[0].rows, in = c->x[0].cols, out = c->x[1].rows;
    const flt *x = c->x[0].at.v, *w = c->x[1].at.v;
    gemm(PLAIN, TRANSPOSED, n, out, in, x, in, w, in, 0, c->y[0].at.v, out);
    if (c->dx[0].at.v) gemm(PLAIN, PLAIN, n, in, out, c->dy.at.v, out, w, in, 0, c->dx[0].at.v, in);
    gemm(TRANSPOSED, PLAIN, out, in, n, c->dy.at.v, out, x, in, 0, c->dx[1].at.v, in);
}

/* In the bench's precision, which rounds activations on the way and weights before. */
static double time_floor(graph_t *g) {
    products_t products;
    if (products_create(precision, graph_theta(g), (size_t)graph_size(g), &products)) exit(7);
    products_begin(&products, 1);
    double start = place_seconds(backend);
    for (int i = 0; i < graph_nodes(g); i++)
        if (graph_op(g, i) == &op_linear) linear_products(graph_call(g, i));
    double seconds = place_seconds(backend) - start;
    products_end();
    products_destroy(&products);
    return seconds;
}

/* --- the model --- */

static double time_step(model_t *model, optim_t *optim) {
    static int64_t step;
    double start = place_seconds(backend);
    model_gradient(model);
    optim_gradient_norm(model_graph(model));
    optim_step(optim, ++step, 1e-4);
    return place_seconds(backend) - start;
}

/* --- the report --- */

static double median_of(const round_t *rounds, int n, double (*value)(const round_t *)) {
    double x[ROUNDS_MAX];
    for (int i = 0; i < n; i++) x[i] = value(&rounds[i]);
    return bench_median(x, n);
}

static double get_floor(const round_t *r) { return r->floor; }
static double get_step(const round_t *r) { return r->step; }
static double get_gradient(const round_t *r) { return r->gradient; }
static double get_product(const round_t *r) { return r->product; }
static double get_step_over_floor(const round_t *r) { return r->step / r->floor; }
static double get_product_over_gradient(const round_t *r) { return r->product / r->gradient; }

/* Multiply-adds that training needs, twice each. A causal row sees (T + 1) / 2 rows in the mean:
 * what nobody computes is not counted, or the share of the peak could exceed 1. */
static double step_flops(const bench_size_t *s) {
    double d = (double)s->d, L = (double)s->layers, n = (double)(s->batch * s->T);
    return 6 * (12 * L * d * d + (double)s->vocab * d) * n + 6 * L * (double)(s->T + 1) * d * n;
}

/* The core's, not the moment's: the most that any round saw. */
static double largest_peak(const round_t *rounds, int n) {
    double peak = 0;
    for (int i = 0; i < n; i++) peak = fmax(peak, rounds[i].peak);
    return peak;
}

static void print_profile(model_t *model, optim_t *optim, int turns) {
    graph_t *g = model_graph(model);
    int nodes = graph_nodes(g);
    double *seconds[GRAPH_PHASES];
    for (int p = 0; p < GRAPH_PHASES; p++) seconds[p] = calloc((size_t)nodes, sizeof(double));
    graph_profile(g, seconds);
    for (int i = 0; i < turns; i++) time_step(model, optim);
    graph_profile(g, NULL);
    printf("   ms forward + backward:");
    for (int o = 0; op_rows[o]; o++) {
        double forward = 0, backward = 0;
        for (int i = 0; i < nodes; i++)
            if (graph_op(g, i) == op_rows[o]) forward += seconds[0][i], backward += seconds[1][i];
        if (forward > 0)
            printf(" %s %.2f + %.2f;", op_rows[o]->name, 1e3 * forward / turns,
                   1e3 * backward / turns);
    }
    printf("\n");
    for (int p = 0; p < GRAPH_PHASES; p++) free(seconds[p]);
}

static void print_rounds(const bench_size_t *s, const round_t *round, int rounds) {
    double flops = step_flops(s), step = median_of(round, rounds, get_step);
    double peak = largest_peak(round, rounds);
    printf("   step %.3f ms, %.0f tokens/s, %.0f GFLOP/s", 1e3 * step,
           (double)(s->batch * s->T) / step, flops / step / 1e9);
    if (backend == &backend_host)
        printf(" = %.0f %% of the FMA peak (%.0f); linear products %.1f ms; step / products %.3f",
               100 * flops / step / 1e9 / peak, peak, 1e3 * median_of(round, rounds, get_floor),
               median_of(round, rounds, get_step_over_floor));
    if (is_train_only) return;
    printf("\n   gradient, all kept %.3f ms; H v %.3f ms; H v / gradient %.3f",
           1e3 * median_of(round, rounds, get_gradient),
           1e3 * median_of(round, rounds, get_product),
           median_of(round, rounds, get_product_over_gradient));
}

static round_t take_round(model_t *train, model_t *keep, optim_t *optim, const flt *direction,
                          flt *product) {
    int is_here = backend == &backend_host;
    round_t round = {.peak = is_here ? peak_measure() : NAN,
                     .floor = is_here ? time_floor(model_graph(train)) : NAN};
    round.step = time_step(train, optim);
    if (is_train_only) return round;
    round.gradient = bench_time_gradient(keep);
    round.product = bench_time_product(keep, direction, product);
    return round;
}

static void run(const bench_size_t *s) {
    model_t *train = bench_model(backend, s, "auto", GRAPH_TRAIN), *keep = NULL;
    optim_t *optim = bench_optimizer(train);
    flt *direction = NULL, *product = NULL;
    if (!is_train_only) {
        keep = bench_model(backend, s, "auto", GRAPH_CURVATURE);
        direction = bench_direction(keep), product = direction + model_size(keep);
        bench_begin_products(keep, direction, product);
    }
    double first = time_step(train, optim);
    int rounds = (int)fmin(25, fmax(3, 20 / (8 * first)));
    for (int warm_up = 0; warm_up < 2; warm_up++)
        take_round(train, keep, optim, direction, product);
    round_t round[ROUNDS_MAX];
    for (int i = 0; i < rounds; i++) round[i] = take_round(train, keep, optim, direction, product);
    printf("d %ld L %ld heads %ld T %ld B %ld V %ld: %.2f M parameters, %.1f GFLOP a step, "
           "%d rounds\n",
           s->d, s->layers, s->heads, s->T, s->batch, s->vocab, model_cost(train).parameters / 1e6,
           step_flops(s) / 1e9, rounds);
    print_rounds(s, round, rounds);
    printf("; memory %.0f MiB", model_cost(train).bytes / (1 << 20));
    if (keep) printf(", with tangents %.0f MiB", model_cost(keep).bytes / (1 << 20));
    printf("%s\n", place_memory(backend));
    print_profile(train, optim, rounds < 5 ? rounds : 5);
    free(direction);
    optim_destroy(&optim);
    model_destroy(&train);
    model_destroy(&keep);
}

/* Of float32 products, by the device. */
static int choose_tf32(int first) {
    const backend_options_t options = {.gpus_per_process = 1, .tf32 = 1};
    if (strcmp(backend->name, "cuda") != 0 || backend->open(&options)) {
        fprintf(stderr, "bench_step: no tf32 on %s\n", backend->name);
        exit(7);
    }
    printf("precision tf32: factors rounded to 10 bits, sums in float32\n");
    return first + 2;
}

/* "--precision NAME" at argv[first]: returns the number of the argument behind it. */
static int choose_precision(int argc, char **argv, int first) {
    if (first + 1 >= argc || strcmp(argv[first], "--precision") != 0) return first;
    if (strcmp(argv[first + 1], "tf32") == 0) return choose_tf32(first);
    precision = precision_find(argv[first + 1]);
    if (!precision) {
        fprintf(stderr, "bench_step: no precision %s\n", argv[first + 1]);
        exit(2);
    }
    if (precision_check(precision, backend) != STATUS_OK) {
        fprintf(stderr, "bench_step: %s\n", status_message());
        exit(7);
    }
    printf("precision %s: %s\n", precision->name, precision->doc);
    return first + 2;
}

int main(int argc, char **argv) {
    static const bench_size_t sizes[] = {{128, 4, 4, 64, 32, 256},
                                         {256, 6, 8, 128, 16, 1000},
                                         {768, 12, 12, 64, 4, 50257},
                                         {1024, 24, 16, 256, 16, 50257}}; /* devices only */
    bench_clean_start(argv);
    printf("bench_step: one core, BLAS kernels %s, OPENBLAS_* unset; medians over rounds\n",
           gemm_start(1));
    int first = choose_precision(argc, argv, place_open("bench_step", argc, argv, &backend));
    is_train_only = first < argc && strcmp(argv[first], "--train-only") == 0;
    first += is_train_only;
    for (int i = first; i < argc; i++) {
        bench_size_t s = {.precision = precision};
        if (sscanf(argv[i], "%ld,%ld,%ld,%ld,%ld,%ld", &s.d, &s.layers, &s.heads, &s.T, &s.batch,
                   &s.vocab) != 6)
            return fprintf(stderr, "usage: bench_step [--on BACKEND] [--precision NAME] "
                                   "[--train-only] [d,L,heads,T,B,V]...\n"),
                   2;
        run(&s);
    }
    int count = sizeof sizes / sizeof sizes[0] - (backend == &backend_host);
    for (int i = 0; argc == first && i < count; i++) {
        bench_size_t s = sizes[i];
        s.precision = precision;
        run(&s);
    }
    return 0;
}
