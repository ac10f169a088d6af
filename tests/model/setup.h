/* setup.h: small models of every architecture and norm, with random batches, for tests. */
#ifndef TESTS_MODEL_SETUP_H
#define TESTS_MODEL_SETUP_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/rng.h"
#include "kernel/gemm.h"
#include "kernel/vector.h"
#include "model/gpt.h"
#include "model/kan.h"
#include "model/llama.h"
#include "model/mamba.h"
#include "model/model.h"
#include "model/moe.h"
#include "model/norm.h"

/* One model to be tried; its samples are the same in every mode. */
typedef struct setup {
    model_options_t options;
    task_shape_t shape;
    int batch;
} setup_t;

/* Weights large enough that every nonlinearity bends; splines smooth enough for differences of
 * fourth order across their knots. */
static inline setup_t setup_of(const arch_row_t *arch, const norm_row_t *norm) {
    setup_t s = {.batch = 2};
    s.options = (model_options_t){.width = 8,
                                  .layers = 2,
                                  .heads = 2,
                                  .norm_epsilon = 1e-5,
                                  .init_std = 0.3,
                                  .embed_std = 0.5};
    static const struct kan_options smooth = {.grid = 5, .order = 8};
    if (arch == &arch_kan) s.options.own = &smooth;
    snprintf(s.options.arch, sizeof s.options.arch, "%s", arch->name);
    snprintf(s.options.norm, sizeof s.options.norm, "%s", norm->name);
    s.shape = arch->kind == TASK_TOKENS
                  ? (task_shape_t){.kind = TASK_TOKENS, .seq_len = 5, .vocab = 7}
                  : (task_shape_t){.kind = TASK_IMAGES, .image = 6, .patch = 3, .vocab = 5};
    return s;
}

static inline long target_count(const setup_t *s) {
    int is_everywhere = s->shape.kind == TASK_TOKENS && !s->shape.loss_last;
    return (long)s->batch * (is_everywhere ? s->shape.seq_len : 1);
}

static inline int32_t *random_ids(rng_t *rng, long count, int below) {
    int32_t *ids = calloc((size_t)count, sizeof *ids);
    for (long i = 0; i < count; i++) ids[i] = (int32_t)rng_below(rng, (uint32_t)below);
    return ids;
}

static inline batch_t batch_of(const setup_t *s) {
    rng_t rng = rng_open(9, 0, "batch", 0);
    batch_t b = {.size = s->batch};
    long pixels = 3L * s->batch * s->shape.image * s->shape.image;
    if (s->shape.kind == TASK_TOKENS)
        b.tokens = random_ids(&rng, (long)s->batch * s->shape.seq_len, s->shape.vocab);
    else
        b.images = calloc((size_t)pixels, sizeof *b.images);
    for (long i = 0; b.images && i < pixels; i++) b.images[i] = (float)rng_normal(&rng);
    b.targets = random_ids(&rng, target_count(s), s->shape.vocab);
    return b;
}

static inline void batch_free(batch_t *b) {
    free(b->tokens);
    free(b->images);
    free(b->targets);
}

/* Created, drawn, and loaded with its batch. Gains and biases move off 1 and 0: there, mistakes in
 * their terms could hide. */
static inline model_t *ready(const setup_t *s, graph_mode_t mode) {
    model_t *m = NULL;
    status_t status = model_create_from(&s->options, &s->shape, s->batch, mode, &m);
    if (status) print_error("%s %s: %s\n", s->options.arch, s->options.norm, status_message());
    assert_int_equal(status, STATUS_OK);
    model_init(m, 1, 0);
    rng_t rng = rng_open(8, 0, "offset", 0);
    const parameter_t *p = graph_parameters(model_graph(m));
    for (long i = 0; i < graph_parameter_count(model_graph(m)); i++)
        for (long e = 0; p[i].rows == 1 && e < p[i].cols; e++)
            graph_theta(model_graph(m))[p[i].offset + e] += (flt)(0.2 * rng_normal(&rng));
    model_set_chance(m, &(const chance_t){.seed = 3, .step = 5, .is_on = 1});
    batch_t b = batch_of(s);
    model_load(m, &b);
    batch_free(&b);
    return m;
}

/* The struct of that set in the setup's options, at its defaults unless another of the same setup
 * was asked for before; one setup at a time. */
static inline void *own_options(setup_t *s, const field_set_t *set) {
    static _Alignas(16) char own[1024];
    const arch_row_t *arch = arch_find(s->options.arch);
    for (const arch_options_t *o = arch->options; s->options.own != own && o->set; o++)
        assert_int_equal(field_defaults(o->set, arch_part(arch, own, o->set)), STATUS_OK);
    s->options.own = own;
    return arch_part(arch, own, set);
}

/* Standard normal in every parameter that can move, 0 in padding; malloc'd. */
static inline flt *random_direction(model_t *m, uint32_t index) {
    flt *v = calloc((size_t)model_size(m), sizeof *v);
    rng_t rng = rng_open(10, 0, "direction", index);
    const parameter_t *p = graph_parameters(model_graph(m));
    for (long i = 0; i < graph_parameter_count(model_graph(m)); i++)
        for (long e = 0; !p[i].facts.is_constant && e < p[i].rows * p[i].cols; e++)
            v[p[i].offset + e] = (flt)rng_normal(&rng);
    return v;
}

static inline flt *copy(const flt *x, long count) {
    return memcpy(malloc((size_t)count * sizeof *x), x, (size_t)count * sizeof *x);
}

static inline void say(const setup_t *s, const char *what) {
    print_error("%s %s, L %ld, T %d, B %d%s: %s\n", s->options.arch, s->options.norm,
                (long)s->options.layers, s->shape.seq_len, s->batch,
                s->shape.loss_last ? ", loss at the last" : "", what);
}

typedef void claim_t(const setup_t *s);

/* Every architecture with every norm. */
static inline void for_every_model(claim_t *claim) {
    for (int a = 0; arch_rows[a]; a++)
        for (int n = 0; norm_rows[n]; n++) {
            setup_t s = setup_of(arch_rows[a], norm_rows[n]);
            claim(&s);
        }
}

#endif
