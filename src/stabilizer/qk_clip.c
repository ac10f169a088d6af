#include "stabilizer/qk_clip.h"

#include <math.h>
#include <stdlib.h>

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

/* One attention operator, with what makes its queries and keys. */
typedef struct attention {
    int node;
    const parameter_t *weight, *bias; /* packed q | k | ..., borrowed; bias may be NULL */
    double *logits; /* borrowed [heads]: largest ones of the step's own pass           */
} attention_t;

typedef struct qk_clip {
    double limit;
    double largest;          /* attention logit of all steps so far                    */
    int64_t count;           /* heads scaled, summed over steps                        */
    attention_t *attentions; /* owned [attention_count], in order of execution         */
    double *logits;          /* owned, of all attentions                               */
    int attention_count;
    int blocks; /* that were active in the step's own pass */
} qk_clip_t;

static status_t needs(const config_t *config, stabilizer_needs_t *needs) {
    if (config_number(config, "qk_clip.limit") == 0) return STATUS_OK;
    needs->activations = 1;
    CHECK(config_number(config, "model.qk_norm") == 0, STATUS_SPEC,
          "qk_clip.limit: with model.qk_norm the size of the weights does not change the logits; "
          "switch one of them off");
    return STATUS_OK;
}

static void destroy(void *state) {
    qk_clip_t *clip = state;
    free(clip->attentions);
    free(clip->logits);
    free(clip);
}

static int makes_queries(const parameter_t *p, parameter_kind_t kind) {
    return p->facts.kind == kind && parameter_find(p, ROLE_QUERY) >= 0;
}

/* The attention operators, each with the next matrix that makes queries: both stand in the order
 * they were built in. */
static void find_attentions(qk_clip_t *clip, const graph_t *graph) {
    const parameter_t *p = graph_parameters(graph), *end = p + graph_parameter_count(graph);
    double *logits = clip->logits;
    for (int node = 0; node < graph_nodes(graph); node++) {
        if (graph_op(graph, node) != &op_attention) continue;
        while (p < end && !makes_queries(p, PARAMETER_MATRIX)) p++;
        if (p == end) return;
        int has_bias = p + 1 < end && makes_queries(p + 1, PARAMETER_BIAS);
        clip->attentions[clip->attention_count++] = (attention_t){
            .node = node, .weight = p, .bias = has_bias ? p + 1 : NULL, .logits = logits};
        logits += OPTIONS_OF(graph_call(graph, node), attention_options)->heads;
        p++;
    }
}

static void count_heads(const graph_t *graph, size_t *attentions, size_t *heads) {
    *attentions = *heads = 0;
    for (int node = 0; node < graph_nodes(graph); node++) {
        if (graph_op(graph, node) != &op_attention) continue;
        ++*attentions;
        *heads += (size_t)OPTIONS_OF(graph_call(graph, node), attention_options)->heads;
    }
}

static status_t create(const trial_t *trial, model_t *model, void **state) {
    struct qk_clip_options options;
    size_t attentions, heads;
    config_read(trial->config, &qk_clip_fields, &options);
    if (options.limit == 0) return STATUS_OK;
    qk_clip_t *clip = *state = calloc(1, sizeof *clip);
    CHECK(clip, STATUS_ENVIRONMENT, "out of memory for QK-clip");
    count_heads(model_graph(model), &attentions, &heads);
    clip->limit = options.limit;
    clip->attentions = calloc(attentions + 1, sizeof *clip->attentions);
    clip->logits = calloc(heads + 1, sizeof *clip->logits);
    CHECK(clip->attentions && clip->logits, STATUS_ENVIRONMENT, "out of memory for QK-clip");
    find_attentions(clip, model_graph(model));
    CHECK(attentions > 0 && clip->attention_count == (int)attentions, STATUS_SPEC,
          "qk_clip.limit: model.arch %s has no attention whose queries and keys are known; set it "
          "to 0",
          model_options(model)->arch);
    return STATUS_OK;
}

/* The rows (of a bias: columns) of the part `role` that head number `head` of it is made by. */
static void scale_part(graph_t *graph, const parameter_t *p, role_t role, long head, long size,
                       double factor) {
    long unit = parameter_unit(p), first = parameter_find(p, role) + head * size;
    flt *x = graph_theta(graph) + p->offset + first * unit;
    vector_scale(x, factor, x, size * unit);
}

static void scale_head(graph_t *graph, const attention_t *a, role_t role, long head, long size,
                       double factor) {
    scale_part(graph, a->weight, role, head, size, factor);
    if (a->bias) scale_part(graph, a->bias, role, head, size, factor);
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

/* Other passes follow this one in the same step: of SAM, of penalties, of curvature. */
static void after_gradient(void *state, step_t *step) {
    qk_clip_t *clip = state;
    graph_t *graph = model_graph(step->model);
    clip->blocks = model_active(step->model);
    for (const attention_t *a = clip->attentions; a < clip->attentions + clip->attention_count;
         a++) {
        const struct attention_options *o =
            OPTIONS_OF(graph_call(graph, a->node), attention_options);
        if (a->weight->facts.block >= clip->blocks) continue;
        for (long h = 0; h < o->heads; h++)
            a->logits[h] = largest_logit(o, graph_output(graph, a->node, 2), h);
    }
}

/* sqrt(tau/S) each, or tau/S of the queries alone where others use the same keys (qk_clip.h). */
static void clip_attention(qk_clip_t *clip, graph_t *graph, const attention_t *a) {
    const struct attention_options *o = OPTIONS_OF(graph_call(graph, a->node), attention_options);
    int is_shared = o->kv_heads < o->heads;
    for (long h = 0; h < o->heads; h++) {
        double largest = a->logits[h], s = clip->limit / largest;
        clip->largest = fmax(clip->largest, largest);
        if (!(largest > clip->limit)) continue;
        scale_head(graph, a, ROLE_QUERY, h, o->head_size, is_shared ? s : sqrt(s));
        if (!is_shared) scale_head(graph, a, ROLE_KEY, h, o->head_size, sqrt(s));
        clip->count++;
    }
}

static void after_update(void *state, step_t *step) {
    qk_clip_t *clip = state;
    graph_t *graph = model_graph(step->model);
    for (const attention_t *a = clip->attentions; a < clip->attentions + clip->attention_count; a++)
        if (a->weight->facts.block < clip->blocks) clip_attention(clip, graph, a);
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
    .key = "qk_clip.limit",
    .takes = STABILIZER_CHANGES_SIZES,
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
