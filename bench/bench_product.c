/* bench_product: what a Hessian-vector product costs beside a gradient, on one core or on a device.
 *
 * usage: bench_product [--on BACKEND] [ARCH...]      default: host; every row below
 *
 * Every round times, one after the other: a gradient as training takes it, a gradient with
 * everything kept, an H v, and gradients with k products each, chunk by chunk of a quarter batch:
 * the way for models whose tangents do not fit. Printed are medians over rounds of the round's own
 * ratios, so that a machine that changes speed does not spoil them. Counting matrix products alone,
 * H v costs 2 gradients, and chunks with k products 1 + 2 k. Memory is computed, not measured.
 * Times are the processor's, which other programs change little; of a device the host's, until it
 * is done. Directions and products lie on the host. */
#include <math.h>

#include "base/clock.h"
#include "base/rng.h"
#include "bench/clean.h"
#include "bench/model.h"
#include "bench/place.h"
#include "kernel/gemm.h"
#include "model/llama.h"

enum { ROUNDS_MAX = 40, CHUNKS = 4, DIRECTIONS = 2 };
static const int directions[DIRECTIONS] = {1, 5};

static const backend_t *backend = &backend_host;

typedef struct row {
    const char *arch, *norm;
    int d, layers, heads, kv_heads, batch;
    int T, vocab;     /* text                                   */
    int image, patch; /* images: vocab is the number of classes */
} row_t;

static const row_t rows[] = {
    {"gpt", "pre_ln", 128, 4, 4, 0, 32, .T = 64, .vocab = 256},
    {"gpt", "pre_ln", 256, 6, 8, 0, 16, .T = 128, .vocab = 1000},
    {"vit", "pre_ln", 128, 4, 4, 0, 32, .vocab = 10, .image = 32, .patch = 4},
    {"vit", "pre_ln", 192, 6, 3, 0, 32, .vocab = 10, .image = 32, .patch = 4},
    {"llama", "rms_norm", 128, 4, 4, 2, 32, .T = 64, .vocab = 256},
    {"llama", "rms_norm", 256, 6, 8, 4, 16, .T = 128, .vocab = 1000},
};

typedef struct round {
    double train, kept, product, chunks[DIRECTIONS];
} round_t;

typedef struct setup {
    model_t *train, *keep, *chunk;
    flt *v, *hv; /* owned, one block */
} setup_t;

static model_t *create(const row_t *r, int batch, graph_mode_t mode) {
    model_options_t options = {.width = r->d,
                               .layers = r->layers,
                               .heads = r->heads,
                               .norm_epsilon = 1e-5,
                               .init_std = 0.02,
                               .embed_std = 0.02};
    const struct llama_options llama = {.kv_heads = r->kv_heads, .rope_base = 10000};
    snprintf(options.arch, sizeof options.arch, "%s", r->arch);
    if (strcmp(r->arch, arch_llama.name) == 0) options.own = &llama;
    snprintf(options.norm, sizeof options.norm, "%s", r->norm);
    task_shape_t shape = {.kind = r->image ? TASK_IMAGES : TASK_TOKENS,
                          .seq_len = r->T,
                          .vocab = r->vocab,
                          .image = r->image,
                          .patch = r->patch};
    model_t *model = NULL;
    batch_t b = {0};
    if (model_create_on(backend, &options, &shape, batch, mode, &model) ||
        batch_create(&shape, batch, &b)) {
        fprintf(stderr, "bench_product: %s\n", status_message());
        exit(7);
    }
    model_init(model, 42, 0);
    rng_t rng = rng_open(42, 0, "bench", 0);
    int positions = r->image ? 1 : r->T, pixels = 3 * r->image * r->image;
    for (int i = 0; i < batch * positions; i++) {
        b.targets[i] = (int32_t)rng_below(&rng, (uint32_t)r->vocab);
        if (!r->image) b.tokens[i] = (int32_t)rng_below(&rng, (uint32_t)r->vocab);
    }
    for (int i = 0; i < batch * pixels; i++) b.images[i] = (float)rng_normal(&rng);
    model_load(model, &b);
    batch_destroy(&b);
    return model;
}

/* Every chunk: its gradient, then all directions while its activations are there. */
static double time_chunks(setup_t *s, int k) {
    double seconds = 0;
    for (int c = 0; c < CHUNKS; c++) {
        seconds += bench_time_gradient(s->chunk);
        for (int i = 0; i < k; i++) seconds += bench_time_product(s->chunk, s->v, s->hv);
    }
    return seconds;
}

static round_t run_round(setup_t *s) {
    round_t r = {.train = bench_time_gradient(s->train), .kept = bench_time_gradient(s->keep)};
    r.product = bench_time_product(s->keep, s->v, s->hv);
    for (int k = 0; k < DIRECTIONS; k++) r.chunks[k] = time_chunks(s, directions[k]);
    return r;
}

static double median_ratio(const round_t *round, int n, size_t above, size_t below) {
    double x[ROUNDS_MAX];
    for (int i = 0; i < n; i++) {
        const char *r = (const char *)&round[i];
        x[i] = *(const double *)(r + above) / *(const double *)(r + below);
    }
    return bench_median(x, n);
}
#define RATIO(above, below)                                                                        \
    median_ratio(round, n, offsetof(round_t, above), offsetof(round_t, below))

static double median_time(const round_t *round, int n) {
    double x[ROUNDS_MAX];
    for (int i = 0; i < n; i++) x[i] = round[i].kept;
    return bench_median(x, n);
}

static double mebibytes(const model_t *model) { return model_cost(model).bytes / (1 << 20); }

static void print(const row_t *r, const setup_t *s, const round_t *round, int n) {
    graph_memory_t memory = graph_memory(model_graph(s->keep));
    printf("%s d %d L %d heads %d, B %d: %.2f M parameters, %d rounds\n", r->arch, r->d, r->layers,
           r->heads, r->batch, model_cost(s->keep).parameters / 1e6, n);
    printf("   gradient, all kept %.1f ms = %.2f of training's; H v / gradient %.3f (floor 2)\n",
           1e3 * median_time(round, n), RATIO(kept, train), RATIO(product, kept));
    printf("   in %d chunks, k products each:", CHUNKS);
    for (int k = 0; k < DIRECTIONS; k++)
        printf(" k = %d: %.2f gradients (floor %d);", directions[k], RATIO(chunks[k], kept),
               1 + 2 * directions[k]);
    printf("\n   memory: activations of a kept gradient %.1f MiB, their tangents %.1f MiB (%.2f); "
           "model %.1f MiB, training alone %.1f, a chunk's %.1f\n",
           (double)memory.values / (1 << 20), (double)memory.tangents / (1 << 20),
           (double)memory.tangents / (double)memory.values, mebibytes(s->keep), mebibytes(s->train),
           mebibytes(s->chunk));
}

static void run(const row_t *r) {
    round_t round[ROUNDS_MAX];
    setup_t s = {.train = create(r, r->batch, GRAPH_TRAIN),
                 .keep = create(r, r->batch, GRAPH_CURVATURE),
                 .chunk = create(r, r->batch / CHUNKS, GRAPH_CURVATURE)};
    s.v = bench_direction(s.keep);
    s.hv = s.v + model_size(s.keep);
    bench_begin_products(s.keep, s.v, s.hv);
    bench_begin_products(s.chunk, s.v, s.hv);
    run_round(&s); /* touches all memory */
    double first = bench_time_gradient(s.keep);
    int rounds = (int)fmin(ROUNDS_MAX, fmax(3, 6 / (18 * first)));
    for (int i = 0; i < rounds; i++) round[i] = run_round(&s);
    print(r, &s, round, rounds);
    free(s.v);
    model_destroy(&s.train);
    model_destroy(&s.keep);
    model_destroy(&s.chunk);
}

static int is_asked_for(const row_t *r, int argc, char **argv, int first) {
    int i = first;
    while (i < argc && strcmp(argv[i], r->arch) != 0) i++;
    return argc == first || i < argc;
}

int main(int argc, char **argv) {
    bench_clean_start(argv);
    setvbuf(stdout, NULL, _IOLBF, 0);
    printf("bench_product: one core, BLAS kernels %s, OPENBLAS_* unset; medians over rounds\n",
           gemm_start(1));
    int first = place_open("bench_product", argc, argv, &backend);
    int runs = 0;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        if (!is_asked_for(&rows[i], argc, argv, first)) continue;
        run(&rows[i]);
        runs++;
    }
    if (runs) return 0;
    return fprintf(stderr, "usage: bench_product [--on BACKEND] [gpt|vit|llama]...\n"), 2;
}
