/* model.h: what benches time: a GPT on random tokens, AdamW; a gradient, an H v. */
#ifndef BENCH_MODEL_H
#define BENCH_MODEL_H

#include "base/rng.h"
#include "bench/place.h"
#include "model/model.h"
#include "optim/adamw.h"
#include "optim/mup.h"
#include "optim/optim.h"
#include "plan/plan.h"

typedef struct bench_size {
    long d, layers, heads, T, batch, vocab;
    const precision_t *precision; /* of its products; NULL = float32 */
} bench_size_t;

/* A batch of random tokens. */
static inline void bench_load(model_t *model, const bench_size_t *s) {
    long rows = s->batch * s->T;
    int32_t *ids = malloc(2 * (size_t)rows * sizeof *ids);
    rng_t rng = rng_open(42, 0, "bench", 0);
    for (long i = 0; i < 2 * rows; i++) ids[i] = (int32_t)rng_below(&rng, (uint32_t)s->vocab);
    model_load(model, &(batch_t){.size = (int)s->batch, .tokens = ids, .targets = ids + rows});
    free(ids);
}

/* AdamW as every sweep has it by default. */
static inline optim_t *bench_optimizer(model_t *model) {
    static const field_set_t *const sets[] = {&optim_fields, &adamw_fields, &mup_fields, NULL};
    static const char text[] = "name: bench\n";
    spec_t *spec = NULL;
    plan_t *plan = NULL;
    optim_t *optim = NULL;
    if (spec_parse("bench", text, strlen(text), sets, &spec) || plan_create(spec, &plan) ||
        optim_create(plan_trial(plan, 0)->config, model_graph(model), &optim)) {
        fprintf(stderr, "bench: %s\n", status_message());
        exit(7);
    }
    plan_destroy(&plan);
    spec_destroy(&spec);
    return optim;
}

/* Initialised, its batch loaded; the caller destroys it. `attention`: a name of model.attention.
 * Ends the process with 7 where the model cannot be made. */
static inline model_t *bench_model(const backend_t *backend, const bench_size_t *s,
                                   const char *attention, graph_mode_t mode) {
    model_options_t options = {.arch = "gpt",
                               .norm = "pre_ln",
                               .width = s->d,
                               .layers = s->layers,
                               .heads = s->heads,
                               .norm_epsilon = 1e-5,
                               .init_std = 0.02,
                               .embed_std = 0.02,
                               .precision = s->precision};
    snprintf(options.attention, sizeof options.attention, "%s", attention);
    task_shape_t shape = {.kind = TASK_TOKENS, .seq_len = (int)s->T, .vocab = (int)s->vocab};
    model_t *model = NULL;
    if (model_create_on(backend, &options, &shape, (int)s->batch, mode, &model)) {
        fprintf(stderr, "bench: %s\n", status_message());
        exit(7);
    }
    model_init(model, 42, 0);
    bench_load(model, s);
    return model;
}

/* Normal random [2, model_size]: a direction v, and behind it room for H v. The caller frees it. */
static inline flt *bench_direction(const model_t *model) {
    size_t n = (size_t)model_size(model);
    flt *v = calloc(2 * n, sizeof *v);
    rng_t rng = rng_open(42, 0, "direction", 0);
    for (size_t i = 0; i < n; i++) v[i] = (flt)rng_normal(&rng);
    return v;
}

/* Seconds of a gradient, of an H v, as place_seconds counts them. */
static inline double bench_time_gradient(model_t *model) {
    const backend_t *backend = graph_backend(model_graph(model));
    double start = place_seconds(backend);
    model_gradient(model);
    return place_seconds(backend) - start;
}

/* Makes bench_time_product ready: a gradient, and an H v from v, which stays on a device. */
static inline void bench_begin_products(model_t *model, const flt *v, flt *hv) {
    model_gradient(model);
    model_product(model, v, hv);
}

/* On a device without the way of v and H v from and to the host: PyTorch's stay there, too. */
static inline double bench_time_product(model_t *model, const flt *v, flt *hv) {
    const backend_t *backend = graph_backend(model_graph(model));
    double start = place_seconds(backend);
    if (backend == &backend_host)
        model_product(model, v, hv);
    else
        graph_run_product(model_graph(model));
    return place_seconds(backend) - start;
}

#endif
