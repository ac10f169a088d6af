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

/* Every norm that divides, and QK-norm, which does so beside any of them. */
static char of_dividers[512];

#define OPTIONS model_options_t
static const field_t fields[] = {
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
    INT_FIELD("model.ffn", ffn, .min = 0, .max = 65536, .fallback = "0",
              .doc = "hidden width of the MLP; 0 = mlp_ratio width, in LLaMA's blocks 8/3 width"),
    REAL_FIELD("model.init_std", init_std, .min = 0, .max = 10, .fallback = "0.02",
               .doc = "standard deviation of the weight matrices at initialisation",
               .is_costless = true),
    REAL_FIELD("model.embed_std", embed_std, .min = 0, .max = 10, .fallback = "0.02",
               .doc = "standard deviation of the embeddings at initialisation",
               .is_costless = true),
    BOOL_FIELD("model.residual_init", residual_init, .fallback = "false",
               .doc = "scale output projections by 1/sqrt(2 L) at initialisation",
               .off_with = "model.zero_output"),
    BOOL_FIELD("model.zero_output", zero_output, .fallback = "false",
               .doc = "output projections start at 0, so every block starts as its residual alone "
                      "(Zhang et al. 2019, arXiv 1901.09321)"),
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
    REAL_FIELD("model.norm_epsilon", norm_epsilon, .min = 1e-12, .max = 1, .fallback = "1e-5",
               .doc = "added to the variance, or mean square, that a norm divides by",
               .needs = of_dividers),
    REAL_FIELD("model.dropout", dropout, .min = 0, .max = 0.9, .fallback = "0",
               .doc =
                   "while training, share of the embeddings and of every sub-layer's outputs that "
                   "become 0"),
    REAL_FIELD("model.z_loss", z_loss, .min = 0, .max = 1e3, .fallback = "0",
               .doc =
                   "coefficient of the mean of log^2 Z in the loss, Z the softmax's denominator; "
                   "0 = off"),
};
const field_set_t model_fields = FIELD_SET("model", fields);

__attribute__((constructor)) static void find_dividers(void) {
    norm_dividers(of_dividers, sizeof of_dividers);
    text_append(of_dividers, sizeof of_dividers, " model.qk_norm");
}

struct model {
    model_options_t options;
    void *own; /* owned: the architecture's own options */
    build_t build;
    graph_mode_t mode;
    int active; /* blocks that run */
    long passes;
    chance_t chance;
};

/* --- creation --- */

static status_t unknown(const char *key, const char *value, const char *const *names) {
    char help[256];
    text_suggest(value, names, help, sizeof help);
    return status_fail(STATUS_SPEC, "%s: no \"%s\"; %s", key, value, help);
}

static status_t check(const model_options_t *o, const arch_row_t *arch, const task_shape_t *shape) {
    if (!norm_find(o->norm)) return unknown("model.norm", o->norm, norm_names());
    CHECK(arch->kind == shape->kind, STATUS_SPEC,
          "model.arch: %s reads %s, but the task gives %s; choose another model.arch or task.name",
          arch->name, arch->kind == TASK_TOKENS ? "token sequences" : "images",
          shape->kind == TASK_TOKENS ? "token sequences" : "images");
    for (int l = 0; l < o->layers; l++)
        for (const sublayer_t *const *f = arch->block(o, l); *f; f++)
            if ((*f)->check) TRY((*f)->check(o));
    if (arch->check) TRY(arch->check(o));
    CHECK(!o->tied_head || arch->kind == TASK_TOKENS, STATUS_SPEC,
          "model.tied_head: only a text model has a token embedding to tie; set it to false");
    return STATUS_OK;
}

/* The architecture's own options: a copy of what the caller has, or the defaults. */
static status_t take_own(model_t *m, const arch_row_t *arch) {
    const void *own = m->options.own;
    m->options.own = m->own = calloc(1, arch_own_size(arch) + 1);
    CHECK(m->own, STATUS_ENVIRONMENT, "out of memory for a model");
    if (own) memcpy(m->own, own, arch_own_size(arch));
    for (const arch_options_t *o = arch->options; !own && o->set; o++)
        TRY(field_defaults(o->set, arch_part(arch, m->own, o->set)));
    return STATUS_OK;
}

/* What 0 and NULL stand for; then whether it all goes together. */
static status_t settle(model_t *m, const task_shape_t *shape) {
    model_options_t *o = &m->options;
    const arch_row_t *arch = arch_find(o->arch);
    if (!arch) return unknown("model.arch", o->arch, arch_names());
    TRY(take_own(m, arch));
    if (o->ffn == 0 && arch->default_ffn) o->ffn = arch->default_ffn(o);
    return check(o, arch, shape);
}

/* Puts operators into the graph: an architecture's, or a part of one. */
typedef void compose_t(build_t *b);

static tensor_t given_states(build_t *b) {
    return graph_input(b->graph, (long)b->batch * b->length, b->options->width);
}

static void compose_block(build_t *b) { build_blocks(b, given_states(b)); }

static void compose_final_norm(build_t *b) {
    tensor_t h = b->hidden[0] = given_states(b);
    b->hidden[1] = b->norm->final ? b->norm->final(b, "final_norm", h, b->options->width) : h;
}

/* A tied head's table stands among its parameters. */
static void compose_head(build_t *b) {
    b->input = graph_index(b->graph, (long)b->batch * b->length);
    if (b->options->tied_head) b->table = build_table(b, "tok_emb", b->shape.vocab);
    b->hidden[0] = given_states(b);
    build_token_head(b);
}

static const struct {
    compose_t *compose;
    int layers;
} parts[] = {[MODEL_BLOCK] = {compose_block, 1},
             [MODEL_FINAL_NORM] = {compose_final_norm, 1},
             [MODEL_HEAD] = {compose_head, 0}};

static void build(model_t *m, compose_t *compose, const backend_t *backend,
                  const task_shape_t *shape, int batch) {
    const arch_row_t *arch = arch_find(m->options.arch);
    graph_t *graph = graph_create();
    m->build = (build_t){.graph = graph,
                         .options = &m->options,
                         .shape = *shape,
                         .arch = arch,
                         .norm = norm_find(m->options.norm),
                         .batch = batch,
                         .length = arch->length(shape),
                         .block = NO_BLOCK,
                         .table = NO_TENSOR,
                         .logits = NO_TENSOR};
    graph_place(graph, backend);
    if (m->options.precision) graph_set_precision(graph, m->options.precision);
    compose(&m->build);
    for (int l = 0; l <= m->options.layers; l++) graph_keep(graph, m->build.hidden[l]);
    graph_keep(graph, m->build.logits);
}

/* `compose` NULL: all of the architecture. */
static status_t describe(compose_t *compose, const backend_t *backend,
                         const model_options_t *options, const task_shape_t *shape, int batch,
                         graph_mode_t mode, model_t **out) {
    status_t status;
    model_t *m = calloc(1, sizeof *m);
    CHECK(m, STATUS_ENVIRONMENT, "out of memory for a model");
    m->options = *options;
    m->mode = mode;
    m->active = (int)options->layers;
    TRY_OR_DONE(settle(m, shape));
    build(m, compose ? compose : arch_find(options->arch)->build, backend, shape, batch);
    TRY_OR_DONE(graph_plan(m->build.graph, mode));
done:
    if (status != STATUS_OK) model_destroy(&m);
    *out = m;
    return status;
}

static status_t create(compose_t *compose, const backend_t *backend, const model_options_t *options,
                       const task_shape_t *shape, int batch, graph_mode_t mode, model_t **out) {
    model_t *m = NULL;
    TRY(describe(compose, backend, options, shape, batch, mode, &m));
    status_t status = graph_allocate(m->build.graph);
    for (int i = 0; status == STATUS_OK && i < m->build.exchanged_count; i++) {
        matrix_t none = graph_values(m->build.graph, m->build.exchanged[i].elsewhere);
        memset(none.at.v, 0, (size_t)none.cols * sizeof(flt));
    }
    if (status == STATUS_OK)
        *out = m;
    else
        model_destroy(&m);
    return status;
}

status_t model_create_on(const backend_t *backend, const model_options_t *options,
                         const task_shape_t *shape, int batch, graph_mode_t mode, model_t **out) {
    return create(NULL, backend, options, shape, batch, mode, out);
}

status_t model_create_part(model_part_t part, const model_options_t *options,
                           const task_shape_t *shape, int batch, model_t **model) {
    model_options_t own = *options;
    own.layers = parts[part].layers;
    return create(parts[part].compose, &backend_host, &own, shape, batch, GRAPH_TRAIN, model);
}

status_t model_create_from(const model_options_t *options, const task_shape_t *shape, int batch,
                           graph_mode_t mode, model_t **model) {
    return model_create_on(&backend_host, options, shape, batch, mode, model);
}

/* `own` is malloc'd; the caller frees it. */
static status_t read_options(const config_t *config, model_options_t *options) {
    config_read(config, &model_fields, options);
    options->precision = resources_precision(config);
    const arch_row_t *arch = arch_find(options->arch);
    void *own = calloc(1, arch_own_size(arch) + 1);
    options->own = own;
    CHECK(own, STATUS_ENVIRONMENT, "out of memory for a model");
    for (const arch_options_t *o = arch->options; o->set; o++)
        config_read(config, o->set, arch_part(arch, own, o->set));
    return STATUS_OK;
}

status_t model_describe(const config_t *config, const task_shape_t *shape, int batch,
                        graph_mode_t mode, model_t **model) {
    model_options_t options;
    TRY(read_options(config, &options));
    status_t status = describe(NULL, resources_find(config), &options, shape, batch, mode, model);
    free((void *)options.own);
    return status;
}

status_t model_create(const config_t *config, const task_shape_t *shape, int batch,
                      graph_mode_t mode, model_t **model) {
    model_options_t options;
    const backend_t *backend;
    TRY(resources_open(config, &backend));
    TRY(read_options(config, &options));
    status_t status = model_create_on(backend, &options, shape, batch, mode, model);
    free((void *)options.own);
    return status;
}

void model_destroy(model_t **model) {
    if (!*model) return;
    graph_destroy(&(*model)->build.graph);
    free((*model)->own);
    free(*model);
    *model = NULL;
}

static void draw_normal(const init_t *init, long rows, long cols, rng_t *rng, flt *x) {
    for (long i = 0; i < rows * cols; i++) {
        double std = i / cols < rows - init->tail ? init->std : init->std * init->tail_gain;
        x[i] = (flt)(init->mean + (std > 0 ? std * rng_normal(rng) : 0));
    }
}

/* From a stream of the parameter's own, "PURPOSE/NAME". */
static void draw(graph_t *graph, const parameter_t *p, const init_t *init, const char *purpose,
                 uint64_t seed, uint32_t replica) {
    char stream[160];
    snprintf(stream, sizeof stream, "%s/%s", purpose, p->name);
    rng_t rng = rng_open(seed, replica, stream, 0);
    init_draw_t *values = init->draw ? init->draw : draw_normal;
    values(init, p->rows, p->cols, &rng, graph_theta(graph) + p->offset);
}

void model_init(model_t *m, uint64_t seed, uint32_t replica) {
    graph_t *g = m->build.graph;
    const parameter_t *p = graph_parameters(g), *end = p + graph_parameter_count(g);
    for (; p < end; p++) {
        const init_t zero = {0};
        int is_zero = p->facts.is_output && m->options.zero_output;
        draw(g, p, is_zero ? &zero : &p->facts.init, "init", seed, replica);
    }
}

/* The blocks behind the active ones become a gap of the graph: no operator of theirs runs. */
void model_set_active(model_t *m, int count) {
    m->active = count;
    graph_pass_over(m->build.graph, m->build.hidden[count], m->build.hidden[m->options.layers]);
}

int model_active(const model_t *m) { return m->active; }

/* What has a law of its own (states, grids) is shaped by it and not by a size: it starts by it.
 * Matrices have a size, whatever they are drawn from. */
static init_t restarted(const parameter_facts_t *facts, double std) {
    if (facts->init.draw && facts->kind != PARAMETER_MATRIX) return facts->init;
    return (init_t){.mean = facts->init.mean,
                    .std = facts->init.std > 0 && !facts->is_output ? std : 0};
}

int model_restart_block(model_t *m, int block, double std, uint64_t seed, uint32_t replica) {
    graph_t *g = m->build.graph;
    const parameter_t *p = graph_parameters(g), *end = p + graph_parameter_count(g);
    int outputs = 0;
    for (; p < end; p++) {
        if (p->facts.block != block) continue;
        const init_t init = restarted(&p->facts, std);
        draw(g, p, &init, "unlock", seed, replica);
        outputs += p->facts.is_output;
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
    graph_t *g = m->build.graph;
    m->passes++;
    run(g);
    double *task = graph_result(g), targets = m->build.batch;
    if (m->build.shape.kind == TASK_TOKENS && !m->build.shape.loss_last) targets *= m->build.length;
    loss_t loss = {.mean = task[RESULT_TERM],
                   .accuracy = task[RESULT_DETAIL] / targets,
                   .total = task[RESULT_TERM]};
    for (int k = 0; k < m->build.term_count; k++) {
        const double *term = graph_term(g, k + 1);
        loss.total += term[RESULT_TERM];
        loss.terms[m->build.series_of[k]] += term[RESULT_DETAIL];
    }
    return loss;
}

static void run_forward(graph_t *g) { graph_forward(g, 1); }
loss_t model_loss(model_t *m) { return run_loss(m, run_forward); }
loss_t model_gradient(model_t *m) { return run_loss(m, graph_run_gradient); }

const char *const *model_terms(const model_t *m) { return m->build.series; }

void model_set_chance(model_t *m, const chance_t *chance) {
    m->chance = chance ? *chance : (chance_t){0};
    if (graph_draws(m->build.graph)) graph_set_chance(m->build.graph, chance);
}

chance_t model_chance(const model_t *m) { return m->chance; }

const precision_t *model_precision(const model_t *m) { return graph_precision(m->build.graph); }

const precision_t *model_set_precision(model_t *m, const precision_t *precision) {
    const precision_t *former = model_precision(m);
    graph_set_precision(m->build.graph, precision);
    return former;
}

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

/* H v = Im grad L(theta + i h v) / h (complex step). h |v|_inf is about 2^-40: h^2 terms vanish
 * beside 1 in either precision, and the tangents stay far from the smallest numbers. */
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
build_t *model_build(model_t *m) { return &m->build; }
graph_t *model_graph(model_t *m) { return m->build.graph; }
const model_options_t *model_options(const model_t *m) { return &m->options; }
const task_shape_t *model_shape(const model_t *m) { return &m->build.shape; }
int model_batch(const model_t *m) { return m->build.batch; }
long model_size(const model_t *m) { return graph_size(m->build.graph); }

model_cost_t model_cost(const model_t *m) {
    const graph_t *g = m->build.graph;
    return (model_cost_t){.parameters = (double)graph_free_numbers(g),
                          .forward_flops = graph_flops(g),
                          .bytes = (double)graph_bytes(g)};
}
