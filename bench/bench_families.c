/* bench_families: steps and Hessian-vector products of mixtures of experts, Mamba and KAN, beside
 * dense GPT, on one core or on a device; where the time goes, and what `plan` counts it as.
 *
 * usage: bench_families [--on BACKEND] [NAME:d,L,heads,T,B,V]...       default: the cases below
 *
 * NAME: gpt, moe, mamba, kan, each with its default options. Every round times, by turns, the
 * matrix products alone (the floor), a step (gradient, its norm, AdamW), a gradient with everything
 * kept, an H v; seconds are the processor's on the host, so that other processes do little; medians
 * of the rounds' own ratios. Then every operator's least time, forward + backward, and beside it
 * what its counted FLOPs take at the rate of a step's linear products: `plan` goes by the sum of
 * these. bench_families.py prints the same beside PyTorch's. */
#include <math.h>
#include <string.h>

#include "bench/clean.h"
#include "bench/model.h"
#include "kernel/gemm.h"
#include "optim/optim.h"

enum { ROUNDS = 9, TURNS = 9 };

static const backend_t *backend = &backend_host;

typedef struct bench_case {
    char name[16];
    bench_size_t size;
} bench_case_t;

/* --- products alone --- */

static void linear_products(const call_t *c) {
    long n = c->x[0].rows, in = c->x[0].cols, out = c->x[1].rows;
    const flt *x = c->x[0].at.v, *w = c->x[1].at.v;
    gemm(PLAIN, TRANSPOSED, n, out, in, x, in, w, in, 0, c->y[0].at.v, out);
    if (c->dx[0].at.v) gemm(PLAIN, PLAIN, n, in, out, c->dy.at.v, out, w, in, 0, c->dx[0].at.v, in);
    gemm(TRANSPOSED, PLAIN, out, in, n, c->dy.at.v, out, x, in, 0, c->dx[1].at.v, in);
}

static void grouped_products(const call_t *c) {
    long in = c->x[0].cols, out = c->y[0].cols;
    groups_t groups = {integers_of(c->x[3]), c->x[3].rows - 1, c->x[0].rows};
    gemm_by_rows(TRANSPOSED, groups, out, in, c->x[0].at.v, c->x[1].at.v, 0, c->y[0].at.v);
    gemm_by_rows(PLAIN, groups, in, out, c->dy.at.v, c->x[1].at.v, 0, c->dx[0].at.v);
    gemm_over_rows(groups, out, in, c->dy.at.v, c->x[0].at.v, c->dx[1].at.v);
}

typedef void alone_t(const call_t *call);

static double time_products(const graph_t *g, const op_t *op, alone_t *products) {
    double start = place_seconds(backend);
    for (int i = 0; i < graph_nodes(g); i++)
        if (graph_op(g, i) == op) products(graph_call(g, i));
    return place_seconds(backend) - start;
}

/* --- the model --- */

static model_t *create(const bench_case_t *c, graph_mode_t mode) {
    const bench_size_t *s = &c->size;
    model_options_t options = {.width = s->d,
                               .layers = s->layers,
                               .heads = s->heads,
                               .attention = "auto",
                               .norm_epsilon = 1e-5,
                               .init_std = 0.02,
                               .embed_std = 0.02};
    snprintf(options.arch, sizeof options.arch, "%s", c->name);
    strcpy(options.norm, strcmp(c->name, "mamba") == 0 ? "rms_norm" : "pre_ln");
    task_shape_t shape = {.kind = TASK_TOKENS, .seq_len = (int)s->T, .vocab = (int)s->vocab};
    model_t *model = NULL;
    if (model_create_on(backend, &options, &shape, (int)s->batch, mode, &model)) {
        fprintf(stderr, "bench_families: %s\n", status_message());
        exit(7);
    }
    model_init(model, 42, 0);
    bench_load(model, s);
    return model;
}

typedef struct round {
    double linear, grouped, step, gradient, product;
} round_t;

static double time_of(void (*run)(void *), void *context) {
    double start = place_seconds(backend);
    run(context);
    return place_seconds(backend) - start;
}

typedef struct stand {
    model_t *train, *keep;
    optim_t *optim;
    flt *direction;
    int64_t step;
} stand_t;

static void run_step(void *context) {
    stand_t *s = context;
    model_gradient(s->train);
    optim_gradient_norm(model_graph(s->train));
    optim_step(s->optim, ++s->step, 1e-4);
}
static void run_gradient(void *context) { model_gradient(((stand_t *)context)->keep); }
static void run_product(void *context) {
    stand_t *s = context;
    model_product(s->keep, s->direction, s->direction + model_size(s->keep));
}

static round_t take_round(stand_t *s) {
    const graph_t *g = model_graph(s->train);
    int is_here = backend == &backend_host;
    round_t round = {.linear = is_here ? time_products(g, &op_linear, linear_products) : NAN,
                     .grouped =
                         is_here ? time_products(g, &op_grouped_linear, grouped_products) : NAN};
    round.step = time_of(run_step, s);
    round.gradient = time_of(run_gradient, s);
    round.product = time_of(run_product, s);
    return round;
}

/* --- the report --- */

static double median_of(const round_t *rounds, double (*value)(const round_t *)) {
    double x[ROUNDS];
    for (int i = 0; i < ROUNDS; i++) x[i] = value(&rounds[i]);
    return bench_median(x, ROUNDS);
}

static double get_linear(const round_t *r) { return r->linear; }
static double get_grouped(const round_t *r) { return r->grouped; }
static double get_step(const round_t *r) { return r->step; }
static double get_gradient(const round_t *r) { return r->gradient; }
static double get_product(const round_t *r) { return r->product; }
static double get_step_over_products(const round_t *r) {
    return r->step / (r->linear + r->grouped);
}
static double get_product_over_gradient(const round_t *r) { return r->product / r->gradient; }

static double time_kernel(kernel_t *kernel, const call_t *call) {
    double start = place_seconds(backend);
    kernel(call);
    return place_seconds(backend) - start;
}

/* The least seconds of every node, forward + backward, on values that are all kept. The caller
 * frees them. */
static double *least_times(model_t *model) {
    graph_t *g = model_graph(model);
    size_t nodes = (size_t)graph_nodes(g);
    double *least = malloc(nodes * sizeof *least);
    model_gradient(model);
    for (size_t i = 0; i < nodes; i++) {
        const op_t *op = graph_op(g, (int)i);
        const call_t *call = graph_call(g, (int)i);
        kernel_t *there = backend_forward(&backend_host, op, VALUES);
        kernel_t *back = backend_backward(&backend_host, op, VALUES);
        double forward = INFINITY, backward = op->ends ? 0 : INFINITY;
        for (int turn = 0; turn < TURNS; turn++) {
            forward = fmin(forward, time_kernel(there, call));
            if (!op->ends) backward = fmin(backward, time_kernel(back, call));
        }
        least[i] = forward + backward;
    }
    return least;
}

typedef struct share {
    double seconds, flops;
} share_t;

static share_t share_of(const graph_t *g, const op_t *op, const double *least) {
    share_t share = {0};
    for (int i = 0; i < graph_nodes(g); i++) {
        if (graph_op(g, i) != op) continue;
        share.seconds += least[i];
        share.flops += op->flops ? 3 * op->flops(graph_call(g, i)) : 0;
    }
    return share;
}

static void print_shares(model_t *model) {
    const graph_t *g = model_graph(model);
    double *least = least_times(model), seconds = 0, flops = 0;
    share_t linear = share_of(g, &op_linear, least);
    double rate = linear.flops / linear.seconds;
    printf("   least ms, and counted ms at %.1f GFLOP/s:", rate / 1e9);
    for (int o = 0; op_rows[o]; o++) {
        share_t share = share_of(g, op_rows[o], least);
        seconds += share.seconds;
        flops += share.flops;
        if (share.seconds > 0)
            printf(" %s %.3f %.3f;", op_rows[o]->name, 1e3 * share.seconds,
                   1e3 * share.flops / rate);
    }
    printf(" all %.3f %.3f, counted / least %.2f\n", 1e3 * seconds, 1e3 * flops / rate,
           flops / rate / seconds);
    free(least);
}

static void run(const bench_case_t *c) {
    const bench_size_t *z = &c->size;
    stand_t s = {.train = create(c, GRAPH_TRAIN), .keep = create(c, GRAPH_CURVATURE)};
    s.optim = bench_optimizer(s.train);
    s.direction = bench_direction(s.keep);
    for (int warm_up = 0; warm_up < 2; warm_up++) take_round(&s);
    round_t round[ROUNDS];
    for (int i = 0; i < ROUNDS; i++) round[i] = take_round(&s);
    printf("%s d %ld L %ld heads %ld T %ld B %ld V %ld: %.2f M parameters\n", c->name, z->d,
           z->layers, z->heads, z->T, z->batch, z->vocab, model_cost(s.train).parameters / 1e6);
    printf("   step %.3f ms; products, linear %.3f ms, grouped %.3f ms; step / products %.3f\n",
           1e3 * median_of(round, get_step), 1e3 * median_of(round, get_linear),
           1e3 * median_of(round, get_grouped), median_of(round, get_step_over_products));
    printf("   gradient, all kept %.3f ms; H v %.3f ms; H v / gradient %.3f\n",
           1e3 * median_of(round, get_gradient), 1e3 * median_of(round, get_product),
           median_of(round, get_product_over_gradient));
    if (backend == &backend_host) print_shares(s.keep);
    free(s.direction);
    optim_destroy(&s.optim);
    model_destroy(&s.train);
    model_destroy(&s.keep);
}

int main(int argc, char **argv) {
    static const bench_case_t cases[] = {{"gpt", {128, 3, 4, 64, 16, 256}},
                                         {"moe", {128, 3, 4, 64, 16, 256}},
                                         {"mamba", {128, 3, 4, 64, 16, 256}},
                                         {"kan", {128, 3, 4, 64, 16, 256}}};
    bench_clean_start(argv);
    printf("bench_families: one core, BLAS kernels %s\n", gemm_start(1));
    int first = place_open("bench_families", argc, argv, &backend);
    for (int i = first; i < argc; i++) {
        bench_case_t c;
        bench_size_t *s = &c.size;
        if (sscanf(argv[i], "%15[a-z]:%ld,%ld,%ld,%ld,%ld,%ld", c.name, &s->d, &s->layers,
                   &s->heads, &s->T, &s->batch, &s->vocab) != 7)
            return fprintf(stderr, "usage: bench_families [--on BACKEND] [NAME:d,L,heads,T,B,V]..."
                                   "\n"),
                   2;
        run(&c);
    }
    for (size_t i = 0; argc == first && i < sizeof cases / sizeof *cases; i++) run(&cases[i]);
    return 0;
}
