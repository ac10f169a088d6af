#include "model/model.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/rng.h"
#include "base/text.h"
#include "kernel/backend.h"
#include "kernel/vector.h"
#include "model/arch.h"
#include "model/norm.h"
#include "model/resources.h"

#define OPTIONS model_options_t
static const field_t rows[] = {
    CHOICE_FIELD("model.arch", arch, .fallback = "gpt", .choices = arch_names,
                 .doc = "network architecture"),
    CHOICE_FIELD("model.norm", norm, .fallback = "pre_ln", .choices = norm_names,
                 .doc = "where and how blocks normalise"),
    INT_FIELD("model.width", width, .min = 2, .max = 16384, .fallback = "128",
              .doc = "width d of the residual stream"),
    INT_FIELD("model.layers", layers, .min = 1, .max = LAYERS_MAX, .fallback = "4",
              .doc = "number of blocks L"),
    INT_FIELD("model.heads", heads, .min = 1, .max = 256, .fallback = "4",
              .doc = "attention heads; divides model.width"),
    INT_FIELD("model.kv_heads", kv_heads, .min = 0, .max = 256, .fallback = "0",
              .doc = "key/value heads of llama; divides model.heads; 0 = model.heads",
              .needs = "model.arch=llama"),
    INT_FIELD("model.mlp_ratio", mlp_ratio, .min = 1, .max = 16, .fallback = "4",
              .doc = "hidden width of the MLP over model.width", .needs = "model.arch=gpt|vit"),
    INT_FIELD("model.ffn", ffn, .min = 0, .max = 65536, .fallback = "0",
              .doc = "hidden width of the MLP; 0 = mlp_ratio width (gpt, vit), 8/3 width (llama)"),
    REAL_FIELD("model.rope_base", rope_base, .min = 1, .max = 1e9, .fallback = "10000",
               .doc = "base of llama's rotary positions", .needs = "model.arch=llama"),
    REAL_FIELD("model.init_std", init_std, .min = 0, .max = 10, .fallback = "0.02",
               .doc = "standard deviation of the weight matrices at initialisation",
               .is_costless = true),
    REAL_FIELD("model.embed_std", embed_std, .min = 0, .max = 10, .fallback = "0.02",
               .doc = "standard deviation of the embeddings at initialisation",
               .is_costless = true),
    BOOL_FIELD("model.residual_init", residual_init, .fallback = "false",
               .doc = "scale output projections by 1/sqrt(2 L) at initialisation"),
    BOOL_FIELD("model.tied_head", tied_head, .fallback = "false",
               .doc = "the output matrix is the token embedding"),
    BOOL_FIELD("model.qk_norm", qk_norm, .fallback = "false",
               .doc = "queries and keys are normalised head by head (QK-norm)"),
    REAL_FIELD("model.attention_softcap", attention_softcap, .min = 0, .max = 1e6, .fallback = "0",
               .doc = "attention logits z become c tanh(z / c) with this c; 0 = off"),
    REAL_FIELD("model.logit_softcap", logit_softcap, .min = 0, .max = 1e6, .fallback = "0",
               .doc = "final logits z become c tanh(z / c) with this c; 0 = off"),
    CHOICE_FIELD("model.attention", attention, .fallback = "auto", .choices = build_attention_names,
                 .doc = "attention weights are stored, or recomputed in every pass; auto: "
                        "recomputed from T = 512 on"),
};
const field_set_t model_fields = FIELD_SET("model", rows);

struct model {
    model_options_t options;
    build_t build;
    graph_mode_t mode;
    int active; /* blocks that run */
    long passes;
};

/* --- creation --- */

static status_t unknown(const char *key, const char *value, const char *const *names) {
    char help[256];
    text_suggest(value, names, help, sizeof help);
    return status_fail(STATUS_SPEC, "%s: no \"%s\"; %s", key, value, help);
}

static status_t check(const model_options_t *o, const arch_row_t *arch, const task_shape_t *shape) {
    if (!arch) return unknown("model.arch", o->arch, arch_names());
    if (!norm_find(o->norm)) return unknown("model.norm", o->norm, norm_names());
    CHECK(arch->kind == shape->kind, STATUS_SPEC,
          "model.arch: %s reads %s, but the task gives %s; choose another model.arch or task.name",
          arch->name, arch->kind == TASK_TOKENS ? "token sequences" : "images",
          shape->kind == TASK_TOKENS ? "token sequences" : "images");
    CHECK(o->heads > 0 && o->width % o->heads == 0, STATUS_SPEC,
          "model.heads: %ld does not divide model.width %ld; use a divisor", (long)o->heads,
          (long)o->width);
    const char *complaint = arch->check ? arch->check(o) : NULL;
    CHECK(!complaint, STATUS_SPEC, "model.arch %s: %s", arch->name, complaint);
    CHECK(!o->tied_head || arch->kind == TASK_TOKENS, STATUS_SPEC,
          "model.tied_head: only a text model has a token embedding to tie; set it to false");
    return STATUS_OK;
}

static status_t describe(const backend_t *backend, const model_options_t *options,
                         const task_shape_t *shape, int batch, graph_mode_t mode, model_t **out) {
    const arch_row_t *arch = arch_find(options->arch);
    TRY(check(options, arch, shape));
    model_t *m = calloc(1, sizeof *m);
    CHECK(m, STATUS_ENVIRONMENT, "out of memory for a model");
    m->options = *options;
    m->active = (int)options->layers;
    if (m->options.ffn == 0) m->options.ffn = arch->default_ffn(options);
    if (m->options.kv_heads == 0) m->options.kv_heads = options->heads;
    m->build = (build_t){.graph = graph_create(),
                         .options = &m->options,
                         .shape = *shape,
                         .norm = norm_find(options->norm),
                         .batch = batch,
                         .length = arch->length(shape)};
    graph_place(m->build.graph, backend);
    arch->build(&m->build);
    for (int l = 0; l <= options->layers; l++) graph_keep(m->build.graph, m->build.hidden[l]);
    graph_keep(m->build.graph, m->build.logits);
    m->mode = mode;
    status_t status = graph_plan(m->build.graph, mode);
    if (status == STATUS_OK)
        *out = m;
    else
        model_destroy(&m);
    return status;
}

status_t model_create_on(const backend_t *backend, const model_options_t *options,
                         const task_shape_t *shape, int batch, graph_mode_t mode, model_t **out) {
    model_t *m = NULL;
    TRY(describe(backend, options, shape, batch, mode, &m));
    status_t status = graph_allocate(m->build.graph);
    if (status == STATUS_OK)
        *out = m;
    else
        model_destroy(&m);
    return status;
}

status_t model_create_from(const model_options_t *options, const task_shape_t *shape, int batch,
                           graph_mode_t mode, model_t **model) {
    return model_create_on(&backend_host, options, shape, batch, mode, model);
}

status_t model_describe(const config_t *config, const task_shape_t *shape, int batch,
                        graph_mode_t mode, model_t **model) {
    model_options_t options;
    config_read(config, &model_fields, &options);
    return describe(resources_find(config), &options, shape, batch, mode, model);
}

status_t model_create(const config_t *config, const task_shape_t *shape, int batch,
                      graph_mode_t mode, model_t **model) {
    model_options_t options;
    const backend_t *backend;
    config_read(config, &model_fields, &options);
    TRY(resources_open(config, &backend));
    return model_create_on(backend, &options, shape, batch, mode, model);
}

void model_destroy(model_t **model) {
    if (!*model) return;
    graph_destroy(&(*model)->build.graph);
    free((*model)->build.inits);
    free(*model);
    *model = NULL;
}

static void draw(const parameter_t *p, init_t init, rng_t rng, flt *x) {
    for (long i = 0; i < p->rows * p->cols; i++) {
        double std = i / p->cols < p->rows - init.tail ? init.std : init.std * init.tail_gain;
        x[i] = (flt)(init.mean + (std > 0 ? std * rng_normal(&rng) : 0));
    }
}

void model_init(model_t *m, uint64_t seed, uint32_t replica) {
    graph_t *g = m->build.graph;
    const parameter_t *parameters = graph_parameters(g);
    for (long p = 0; p < graph_parameter_count(g); p++) {
        char purpose[160];
        snprintf(purpose, sizeof purpose, "init/%s", parameters[p].name);
        rng_t rng = rng_open(seed, replica, purpose, 0);
        draw(&parameters[p], m->build.inits[p], rng, graph_theta(g) + parameters[p].offset);
    }
}

void model_set_active(model_t *m, int count) {
    m->active = count;
    graph_pass_over(m->build.graph, m->build.hidden[count], m->build.hidden[m->options.layers]);
}

int model_active(const model_t *m) { return m->active; }

int model_restart_block(model_t *m, int block, double std, uint64_t seed, uint32_t replica) {
    graph_t *g = m->build.graph;
    const parameter_t *parameters = graph_parameters(g);
    char scope[BUILD_NAME_MAX], purpose[160];
    int outputs = 0, length = snprintf(scope, sizeof scope, "block.%d.", block);
    for (long p = 0; p < graph_parameter_count(g); p++) {
        const init_t *init = &m->build.inits[p];
        if (strncmp(parameters[p].name, scope, (size_t)length) != 0) continue;
        init_t anew = {.mean = init->mean, .std = init->std > 0 && !init->is_output ? std : 0};
        snprintf(purpose, sizeof purpose, "unlock/%s", parameters[p].name);
        rng_t rng = rng_open(seed, replica, purpose, 0);
        draw(&parameters[p], anew, rng, graph_theta(g) + parameters[p].offset);
        outputs += init->is_output;
    }
    return outputs;
}

/* --- running --- */

/* One image [3,I,I] -> its patches, row by row; inside a patch channel, row, column. */
static void cut_patches(const task_shape_t *shape, const float *image, flt *out) {
    int size = shape->image, p = shape->patch;
    for (int top = 0; top < size; top += p)
        for (int left = 0; left < size; left += p)
            for (int channel = 0; channel < 3; channel++)
                for (int y = 0; y < p; y++)
                    for (int x = 0; x < p; x++)
                        *out++ = (flt)image[(channel * size + top + y) * size + left + x];
}

void model_load(model_t *m, const batch_t *batch) {
    const build_t *b = &m->build;
    const task_shape_t *shape = &b->shape;
    size_t samples = (size_t)b->batch, length = (size_t)b->length;
    if (shape->kind == TASK_TOKENS) {
        size_t bytes = samples * length * sizeof(int32_t);
        memcpy(graph_indices(b->graph, b->input), batch->tokens, bytes);
    } else {
        size_t pixels = 3 * (size_t)shape->image * (size_t)shape->image;
        flt *patches = graph_values(b->graph, b->input).at.v;
        for (size_t i = 0; i < samples; i++)
            cut_patches(shape, batch->images + i * pixels, patches + i * pixels);
    }
    size_t targets = samples * (shape->kind == TASK_TOKENS && !shape->loss_last ? length : 1);
    memcpy(graph_indices(b->graph, b->targets), batch->targets, targets * sizeof(int32_t));
}

static loss_t run_loss(model_t *m, void (*run)(graph_t *)) {
    double *result = graph_result(m->build.graph);
    m->passes++;
    run(m->build.graph);
    double targets = m->build.batch;
    if (m->build.shape.kind == TASK_TOKENS && !m->build.shape.loss_last) targets *= m->build.length;
    return (loss_t){.mean = result[0], .accuracy = result[1] / targets};
}

static void run_forward(graph_t *g) { graph_forward(g, 1); }
loss_t model_loss(model_t *m) { return run_loss(m, run_forward); }
loss_t model_gradient(model_t *m) { return run_loss(m, graph_run_gradient); }

void model_hidden_states(model_t *m) {
    m->passes++;
    graph_forward(m->build.graph, 0);
}

long model_passes(const model_t *m) { return m->passes; }

int model_is_held(const model_t *m, long passes) {
    return m->mode != GRAPH_TRAIN && m->passes == passes;
}

/* Behind the active blocks every hidden state is that of the last one. */
static tensor_t hidden(const model_t *m, int layer) {
    return m->build.hidden[layer < m->active ? layer : m->active];
}

void model_backward_from(model_t *m, int count, const int *layers, const flt *const *seeds) {
    tensor_t tensors[LAYERS_MAX + 1];
    m->passes++;
    for (int k = 0; k < count; k++) tensors[k] = hidden(m, layers[k]);
    graph_backward_from(m->build.graph, count, tensors, seeds);
}

void model_backward_block(model_t *m, int layer, const flt *seed) {
    m->passes++;
    graph_backward_between(m->build.graph, hidden(m, layer), hidden(m, layer + 1), seed);
}

double model_product(model_t *m, const flt *v, flt *hv) {
    graph_t *g = m->build.graph;
    long n = graph_size(g);
    double largest = vector_largest(v, n);
    if (!(largest > 0)) largest = 1;
    /* A power of two: scaling back is free of rounding. */
    double scale = ldexp(1, -40 - ilogb(largest));
    vector_scale(v, scale, graph_direction(g), n);
    graph_run_product(g);
    vector_scale(graph_product(g), 1 / scale, hv, n);
    return graph_slope(g) / scale;
}

/* --- facts --- */

matrix_t model_hidden(const model_t *m, int layer) {
    return graph_values(m->build.graph, hidden(m, layer));
}
matrix_t model_logits(const model_t *m) { return graph_values(m->build.graph, m->build.logits); }
graph_t *model_graph(model_t *m) { return m->build.graph; }
const model_options_t *model_options(const model_t *m) { return &m->options; }
long model_size(const model_t *m) { return graph_size(m->build.graph); }

model_cost_t model_cost(const model_t *m) {
    const graph_t *g = m->build.graph;
    return (model_cost_t){.parameters = (double)graph_free_numbers(g),
                          .forward_flops = graph_flops(g),
                          .bytes = (double)graph_bytes(g)};
}
