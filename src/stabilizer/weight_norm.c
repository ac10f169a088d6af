#include "stabilizer/weight_norm.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "kernel/flt_record.h"
#include "kernel/vector.h"
#include "optim/optim.h"
#include "stabilizer/weights.h"

struct weight_norm_options {
    bool is_on;
};

#define OPTIONS struct weight_norm_options
static const field_t fields[] = {
    BOOL_FIELD("train.weight_norm", is_on, .fallback = "false",
               .doc = "rows of weight matrices are trained as length times direction"),
};
const field_set_t weight_norm_fields = FIELD_SET("weight norm", fields);

/* One row w of a weight matrix. */
typedef struct weight_row {
    long offset, cols; /* in theta, and in `directions`                        */
    double length;     /* |v|; 0 = no direction yet                            */
} weight_row_t;

struct weight_norm {
    weight_row_t *rows; /* owned [count] */
    long count;
    size_t size;                /* of `directions` */
    flt *directions;            /* owned [model_size]: v, where w is in theta     */
    flt *gains, *gain_gradient; /* owned [count]: g and dL/dg                    */
    optim_t *optim;             /* owned; of the gains                           */
};

static bool is_on(const config_t *config) {
    struct weight_norm_options options;
    config_read(config, &weight_norm_fields, &options);
    return options.is_on;
}

static status_t needs(const config_t *config, stabilizer_needs_t *needs) {
    if (!is_on(config)) return STATUS_OK;
    CHECK(config_number(config, "train.mup_base_width") == 0, STATUS_SPEC,
          "train.weight_norm: muP has no learning rate for lengths of rows; set "
          "train.mup_base_width to 0");
    CHECK(config_number(config, "curvature.every") == 0, STATUS_SPEC,
          "train.weight_norm: curvature is measured in the weights, while the optimizer moves "
          "lengths and directions; set curvature.every to 0");
    needs->vectors += 1;
    return STATUS_OK;
}

static void destroy(void *state) {
    struct weight_norm *norm = state;
    optim_destroy(&norm->optim);
    free(norm->rows);
    free(norm->directions);
    free(norm->gains);
    free(norm->gain_gradient);
    free(norm);
}

/* v = w, g = |w| */
static void start_row(struct weight_norm *norm, long i, const flt *theta) {
    weight_row_t *row = &norm->rows[i];
    memcpy(norm->directions + row->offset, theta + row->offset, (size_t)row->cols * sizeof *theta);
    row->length = vector_norm(theta + row->offset, row->cols);
    norm->gains[i] = (flt)row->length;
}

static void find_rows(struct weight_norm *norm, graph_t *graph) {
    for (long p = 0; p < graph_parameter_count(graph); p++) {
        const parameter_t *at = &graph_parameters(graph)[p];
        for (long r = 0; is_weight_matrix(at) && r < at->rows; r++) {
            norm->rows[norm->count] =
                (weight_row_t){.offset = at->offset + r * at->cols, .cols = at->cols};
            start_row(norm, norm->count++, graph_theta(graph));
        }
    }
}

static status_t create(const trial_t *trial, model_t *model, void **state) {
    if (!is_on(trial->config)) return STATUS_OK;
    graph_t *graph = model_graph(model);
    size_t rows = (size_t)weight_rows(graph);
    struct weight_norm *norm = *state = calloc(1, sizeof *norm);
    CHECK(norm, STATUS_ENVIRONMENT, "out of memory for weight normalisation");
    norm->rows = calloc(rows, sizeof *norm->rows);
    norm->gains = calloc(rows, sizeof *norm->gains);
    norm->gain_gradient = calloc(rows, sizeof *norm->gain_gradient);
    norm->size = (size_t)graph_size(graph);
    norm->directions = calloc(norm->size, sizeof *norm->directions);
    CHECK(norm->rows && norm->gains && norm->gain_gradient && norm->directions, STATUS_ENVIRONMENT,
          "out of memory for weight normalisation");
    find_rows(norm, graph);
    return optim_create_for(trial->config, norm->gains, norm->gain_gradient, norm->count,
                            &norm->optim);
}

/* Puts v and dL/dv = g/|v| (dL/dw - dL/dg v/|v|) of one row where w and dL/dw are; returns dL/dg =
 * dL/dw . v/|v|. */
static double split_row(const weight_row_t *row, double gain, const flt *v, flt *w, flt *gradient) {
    double slope = vector_dot(gradient, v, row->cols) / row->length; /* dL/dg */
    vector_add(-slope / row->length, v, gradient, row->cols);
    vector_scale(gradient, gain / row->length, gradient, row->cols);
    memcpy(w, v, (size_t)row->cols * sizeof *w);
    return slope;
}

/* The norm of the gradient is that in (v, g), which the optimizer sees. */
static void after_gradient(void *state, step_t *step) {
    struct weight_norm *norm = state;
    graph_t *graph = model_graph(step->model);
    for (long i = 0; i < norm->count; i++) {
        const weight_row_t *row = &norm->rows[i];
        if (!(row->length > 0)) continue;
        norm->gain_gradient[i] =
            (flt)split_row(row, (double)norm->gains[i], norm->directions + row->offset,
                           graph_theta(graph) + row->offset, graph_gradient(graph) + row->offset);
    }
    step->grad_norm =
        hypot(optim_gradient_norm(graph), vector_norm(norm->gain_gradient, norm->count));
}

/* The optimizer has moved v; g follows, then w = g v / |v|. */
static void after_update(void *state, step_t *step) {
    struct weight_norm *norm = state;
    flt *theta = graph_theta(model_graph(step->model));
    optim_step(norm->optim, step->number + 1, step->lr);
    for (long i = 0; i < norm->count; i++) {
        weight_row_t *row = &norm->rows[i];
        flt *w = theta + row->offset, *v = norm->directions + row->offset;
        if (!(row->length > 0)) {
            start_row(norm, i, theta);
            continue;
        }
        memcpy(v, w, (size_t)row->cols * sizeof *v);
        row->length = vector_norm(v, row->cols);
        vector_scale(v, (double)norm->gains[i] / row->length, w, row->cols);
    }
}

static void save(const void *state, record_t *record) {
    const struct weight_norm *norm = state;
    size_t count = (size_t)norm->count;
    record_put(record, "weight_norm/directions", RECORD_FLT, 1, &norm->size, norm->directions);
    record_put(record, "weight_norm/gains", RECORD_FLT, 1, &count, norm->gains);
    optim_save(norm->optim, "weight_norm", record);
}

static status_t load(void *state, const record_t *record) {
    struct weight_norm *norm = state;
    size_t count = (size_t)norm->count;
    TRY(record_get(record, "weight_norm/directions", RECORD_FLT, norm->size, norm->directions));
    TRY(record_get(record, "weight_norm/gains", RECORD_FLT, count, norm->gains));
    for (weight_row_t *row = norm->rows; row < norm->rows + norm->count; row++)
        row->length = vector_norm(norm->directions + row->offset, row->cols);
    return optim_load(norm->optim, "weight_norm", record);
}

const stabilizer_row_t stabilizer_weight_norm = {
    .name = "weight_norm",
    .doc = "rows of weight matrices as length times direction",
    .key = "train.weight_norm",
    .takes = STABILIZER_HOLDS_SIZES,
    .options = &weight_norm_fields,
    .needs = needs,
    .create = create,
    .destroy = destroy,
    .after_gradient = after_gradient,
    .after_update = after_update,
    .save = save,
    .load = load,
};
