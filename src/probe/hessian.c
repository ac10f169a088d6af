#include "probe/hessian.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "kernel/vector.h"

/* Batches are pure functions of the step: these are drawn like any other, but no training gets
 * there, and neither do those of the RKSP probe. */
static const int64_t first_batch = (INT64_C(1) << 30) + (INT64_C(1) << 29);

struct hessian {
    model_t *training; /* borrowed                                                      */
    model_t *own;      /* owned, of one chunk; NULL = products run in `training`        */
    task_shape_t shape;
    int batches, chunks; /* of a batch                                                    */
    int samples;         /* of a chunk                                                    */
    batch_t *batch;      /* owned [batches]; batch[0] is the step's, its arrays borrowed  */
    flt *part;           /* owned [model_size]: product of one part                       */
    flt *gradient;       /* owned [model_size]: saved                                     */
    double *quotient;    /* owned [batches]: v.Hv of each at the last product             */
    int is_held;         /* its model holds activations and gradient of the only part     */
    int is_touched;      /* the training model has run since hessian_begin                */
    const precision_t *precision, *of_training; /* of the products; of the training model  */
};

static model_t *place(const hessian_t *h) { return h->own ? h->own : h->training; }

static status_t draw_batches(hessian_t *h, task_t *task, int size) {
    for (int k = 1; k < h->batches; k++) {
        TRY(batch_create(&h->shape, size, &h->batch[k]));
        task_row(task)->train(task, first_batch + k, &h->batch[k]);
    }
    return STATUS_OK;
}

static status_t allocate(hessian_t *h) {
    size_t n = (size_t)model_size(h->training);
    h->part = malloc(n * sizeof *h->part);
    h->gradient = malloc(n * sizeof *h->gradient);
    h->batch = calloc((size_t)h->batches, sizeof *h->batch);
    h->quotient = calloc((size_t)h->batches, sizeof *h->quotient);
    CHECK(h->part && h->gradient && h->batch && h->quotient, STATUS_ENVIRONMENT,
          "out of memory for Hessian-vector products of %zu parameters", n);
    return STATUS_OK;
}

static status_t prepare(hessian_t *h, const config_t *config, task_t *task, int64_t chunk) {
    int size = model_batch(h->training);
    h->shape = *model_shape(h->training);
    TRY(allocate(h));
    h->samples = chunk ? (int)chunk : size;
    h->chunks = size / h->samples;
    if (chunk) TRY(model_create(config, &h->shape, h->samples, GRAPH_CURVATURE, &h->own));
    return draw_batches(h, task, size);
}

status_t hessian_create(const config_t *config, task_t *task, model_t *model, int64_t batches,
                        int64_t chunk, hessian_t **out) {
    hessian_t *h = calloc(1, sizeof *h);
    *out = NULL;
    CHECK(h, STATUS_ENVIRONMENT, "out of memory for Hessian-vector products");
    h->training = model;
    h->batches = (int)batches;
    h->precision = model_precision(model);
    status_t status = prepare(h, config, task, chunk);
    if (status != STATUS_OK) hessian_destroy(&h);
    *out = h;
    return status;
}

void hessian_destroy(hessian_t **out) {
    hessian_t *h = *out;
    if (!h) return;
    for (int k = 1; h->batch && k < h->batches; k++) batch_destroy(&h->batch[k]);
    model_destroy(&h->own);
    free(h->batch);
    free(h->part);
    free(h->gradient);
    free(h->quotient);
    free(h);
    *out = NULL;
}

void hessian_set_precision(hessian_t *h, const precision_t *precision) {
    h->precision = precision;
    if (h->own) model_set_precision(h->own, precision);
}

/* Samples c samples .. of a batch: a view. */
static batch_t chunk_of(const hessian_t *h, const batch_t *batch, int c) {
    size_t first = (size_t)c * (size_t)h->samples, side = (size_t)h->shape.image;
    int is_text = h->shape.kind == TASK_TOKENS;
    size_t length = is_text ? (size_t)h->shape.seq_len : 1;
    batch_t view = {.size = h->samples, .targets = batch->targets + first};
    if (is_text) view.tokens = batch->tokens + first * length;
    if (is_text && !h->shape.loss_last) view.targets = batch->targets + first * length;
    if (!is_text) view.images = batch->images + first * 3 * side * side;
    return view;
}

static size_t parameter_bytes(const hessian_t *h) {
    return (size_t)model_size(h->training) * sizeof(flt);
}

/* What the training step draws for chunk `c`, so that all chunks together see the whole batch's
 * draw. */
static void set_chance(hessian_t *h, int c) {
    chance_t chance = model_chance(h->training);
    chance.part = (uint32_t)c;
    if (h->own) model_set_chance(h->own, &chance);
}

/* One part, and its activations are not there: its gradient serves all products. */
static void hold(hessian_t *h) {
    if (h->is_held || h->batches * h->chunks > 1) return;
    set_chance(h, 0);
    model_load(place(h), &h->batch[0]);
    model_gradient(place(h));
    h->is_held = 1;
}

/* The gradient that the update will use is saved where our passes overwrite it: what stabilizers
 * have made of it cannot be computed again. */
void hessian_begin(hessian_t *h, const batch_t *batch, long passes) {
    graph_t *training = model_graph(h->training);
    h->batch[0] = *batch;
    h->of_training = model_set_precision(h->training, h->precision);
    int is_there = model_passes(h->training) == passes && h->of_training == h->precision;
    h->is_held = !h->own && h->batches == 1 && is_there;
    h->is_touched = !h->own && !h->is_held;
    if (h->own) {
        if (model_active(h->own) != model_active(h->training))
            model_set_active(h->own, model_active(h->training));
        memcpy(graph_theta(model_graph(h->own)), graph_theta(training), parameter_bytes(h));
    }
    if (h->is_touched) memcpy(h->gradient, graph_gradient(training), parameter_bytes(h));
    hold(h);
}

void hessian_end(hessian_t *h) {
    model_set_precision(h->training, h->of_training);
    if (!h->is_touched) return;
    model_load(h->training, &h->batch[0]);
    memcpy(graph_gradient(model_graph(h->training)), h->gradient, parameter_bytes(h));
}

/* hv += H v of chunk `c` of a batch, weighted; returns its v.Hv, so weighted. */
static double add_part(hessian_t *h, const batch_t *batch, int c, const flt *v, flt *hv) {
    long n = model_size(h->training);
    batch_t part = chunk_of(h, batch, c);
    set_chance(h, c);
    model_load(place(h), &part);
    model_gradient(place(h));
    model_product(place(h), v, h->part);
    double weight = 1.0 / h->chunks;
    vector_add(weight / h->batches, h->part, hv, n);
    return weight * vector_dot(v, h->part, n);
}

/* H v = 1/K sum_k 1/C sum_c H_kc v over batches k and their chunks c: the loss of a batch is the
 * mean over its targets, chunks have as many each, so plain means are exact. */
void hessian_product(hessian_t *h, const flt *v, flt *hv) {
    if (h->is_held) {
        model_product(place(h), v, hv);
        return;
    }
    memset(hv, 0, parameter_bytes(h));
    for (int k = 0; k < h->batches; k++) {
        h->quotient[k] = 0;
        for (int c = 0; c < h->chunks; c++) h->quotient[k] += add_part(h, &h->batch[k], c, v, hv);
    }
}

/* Of the mean of K independent quotients q_k = v.H_k v, v held fixed: sqrt(sum (q_k - q)^2 / (K -
 * 1) / K). It leaves out that v itself was found with these batches. */
double hessian_standard_error(const hessian_t *h) {
    double mean = 0, spread = 0, n = h->batches;
    if (h->batches < 2) return NAN;
    for (int k = 0; k < h->batches; k++) mean += h->quotient[k] / n;
    for (int k = 0; k < h->batches; k++)
        spread += (h->quotient[k] - mean) * (h->quotient[k] - mean);
    return sqrt(spread / (n - 1) / n);
}

int64_t hessian_batch_id(int k, int64_t step) { return k ? first_batch + k : step; }
