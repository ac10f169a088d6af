#include "stabilizer/qk_clip.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "kernel/attention.h"
#include "kernel/vector.h"

struct qk_clip_options {
    double limit;
};

#define OPTIONS struct qk_clip_options
static const field_t fields[] = {
    REAL_FIELD("qk_clip.limit", limit, .min = 0, .max = 1e9, .fallback = "0",
               .doc = "heads with a larger attention logit have their q and k weights "
                      "scaled down; 0 = off"),
};
const field_set_t qk_clip_fields = FIELD_SET("QK-clip", fields);

typedef struct qk_clip {
    double limit;
    double largest; /* attention logit of all steps so far                            */
    int64_t count;  /* heads scaled, summed over steps                                */
    double *logits; /* owned [layers,heads]: largest ones of the step's own pass      */
    int blocks;     /* of them that were active in it                                 */
} qk_clip_t;

static status_t needs(const config_t *config, stabilizer_needs_t *needs) {
    if (config_number(config, "qk_clip.limit") == 0) return STATUS_OK;
    needs->activations = 1;
    CHECK(config_number(config, "train.weight_norm") == 0 &&
              config_number(config, "train.spectral_norm") == 0,
          STATUS_SPEC,
          "qk_clip.limit: train.weight_norm and train.spectral_norm set the size of the weights "
          "themselves; switch one of them off");
    CHECK(config_number(config, "model.qk_norm") == 0, STATUS_SPEC,
          "qk_clip.limit: with model.qk_norm the size of the weights does not change the logits; "
          "switch one of them off");
    return STATUS_OK;
}

static void destroy(void *state) {
    qk_clip_t *clip = state;
    free(clip->logits);
    free(clip);
}

static status_t create(const trial_t *trial, model_t *model, void **state) {
    struct qk_clip_options options;
    config_read(trial->config, &qk_clip_fields, &options);
    if (options.limit == 0) return STATUS_OK;
    const model_options_t *shape = model_options(model);
    qk_clip_t *clip = *state = calloc(1, sizeof *clip);
    CHECK(clip, STATUS_ENVIRONMENT, "out of memory for QK-clip");
    clip->limit = options.limit;
    clip->logits = calloc((size_t)(shape->layers * shape->heads), sizeof *clip->logits);
    CHECK(clip->logits, STATUS_ENVIRONMENT, "out of memory for QK-clip");
    return STATUS_OK;
}

/* Scales rows (of a bias: columns) first .. first + count of the parameter of that name. */
static void scale_rows(graph_t *graph, const char *name, long first, long count, double factor) {
    const parameter_t *p = graph_parameters(graph), *end = p + graph_parameter_count(graph);
    while (p < end && strcmp(p->name, name) != 0) p++;
    if (p == end) return; /* no bias */
    long per_row = p->rows == 1 ? 1 : p->cols;
    flt *x = graph_theta(graph) + p->offset + first * per_row;
    vector_scale(x, factor, x, count * per_row);
}

static void scale_head(graph_t *graph, int block, long first, long count, double factor) {
    static const char *const names[] = {"weight", "bias"};
    for (int i = 0; i < 2; i++) {
        char name[64];
        snprintf(name, sizeof name, "block.%d.attn.qkv.%s", block, names[i]);
        scale_rows(graph, name, first, count, factor);
    }
}

/* Of head h, over all samples and positions of the batch; `logits`: of every row of all heads. */
static double largest_logit(const struct attention_options *o, matrix_t logits, long h) {
    double largest = -INFINITY;
    for (long b = 0; b < logits.rows / o->length / o->heads; b++) {
        const flt *row = logits.at.v + (b * o->heads + h) * o->length;
        for (long t = 0; t < o->length; t++) largest = fmax(largest, (double)row[t]);
    }
    return largest;
}

/* The first attention operator from node number `node` on; the blocks' stand in their order. */
static int find_attention(const graph_t *graph, int node) {
    while (graph_op(graph, node) != &op_attention) node++;
    return node;
}

/* Other passes follow this one in the same step: of SAM, of penalties, of curvature. */
static void after_gradient(void *state, step_t *step) {
    qk_clip_t *clip = state;
    graph_t *graph = model_graph(step->model);
    clip->blocks = model_active(step->model);
    for (int block = 0, node = 0; block < clip->blocks; block++, node++) {
        node = find_attention(graph, node);
        const struct attention_options *o = OPTIONS_OF(graph_call(graph, node), attention_options);
        double *logits = clip->logits + block * o->heads;
        for (long h = 0; h < o->heads; h++)
            logits[h] = largest_logit(o, graph_output(graph, node, 2), h);
    }
}

static void clip_block(qk_clip_t *clip, graph_t *graph, const struct attention_options *o,
                       int block) {
    int is_shared = o->kv_heads < o->heads;
    for (long h = 0; h < o->heads; h++) {
        double largest = clip->logits[block * o->heads + h], s = clip->limit / largest;
        clip->largest = fmax(clip->largest, largest);
        if (!(largest > clip->limit)) continue;
        scale_head(graph, block, h * o->head_size, o->head_size, is_shared ? s : sqrt(s));
        if (!is_shared)
            scale_head(graph, block, (o->heads + h) * o->head_size, o->head_size, sqrt(s));
        clip->count++;
    }
}

static void after_update(void *state, step_t *step) {
    qk_clip_t *clip = state;
    graph_t *graph = model_graph(step->model);
    const call_t *attention = graph_call(graph, find_attention(graph, 0)); /* alike in all blocks */
    for (int block = 0; block < clip->blocks; block++)
        clip_block(clip, graph, OPTIONS_OF(attention, attention_options), block);
}

static void record(const void *state, record_t *record) {
    const qk_clip_t *clip = state;
    record_put_f64(record, "qk_clip/largest_logit", clip->largest);
    record_put_i64(record, "qk_clip/heads_scaled", clip->count);
}

static status_t load(void *state, const record_t *record) {
    qk_clip_t *clip = state;
    TRY(record_get(record, "qk_clip/largest_logit", RECORD_F64, 1, &clip->largest));
    return record_get(record, "qk_clip/heads_scaled", RECORD_I64, 1, &clip->count);
}

const stabilizer_row_t stabilizer_qk_clip = {
    .name = "qk_clip",
    .doc = "scales down query and key weights of heads with large logits",
    .options = &qk_clip_fields,
    .needs = needs,
    .create = create,
    .destroy = destroy,
    .after_gradient = after_gradient,
    .after_update = after_update,
    .record = record,
    .save = record,
    .load = load,
};
