#include "stabilizer/spectral_norm.h"

#include <stdlib.h>

#include "base/rng.h"
#include "kernel/flt_record.h"
#include "kernel/gemm.h"
#include "kernel/vector.h"
#include "stabilizer/weights.h"

enum { ITERATIONS_FIRST = 20 };

struct spectral_norm_options {
    double bound;
};

#define OPTIONS struct spectral_norm_options
static const field_t fields[] = {
    REAL_FIELD("train.spectral_norm", bound, .min = 0, .max = 1e6, .fallback = "0",
               .doc = "weight matrices are scaled down to this largest singular value; 0 = off"),
};
const field_set_t spectral_norm_fields = FIELD_SET("spectral norm", fields);

struct spectral_norm {
    double bound;
    size_t count; /* of `left` */
    flt *left;  /* owned [weight_rows]: the singular vectors of all matrices, one after the other */
    flt *right; /* owned [longest row] */
};

static void destroy(void *state) {
    struct spectral_norm *norm = state;
    free(norm->left);
    free(norm->right);
    free(norm);
}

/* Scales x to length 1; returns the length it had. */
static double normalise(flt *x, long n) {
    double length = vector_norm(x, n);
    if (length > 0) vector_scale(x, 1 / length, x, n);
    return length;
}

/* v <- W^T u / |W^T u|, u <- W v / |W v|; returns sigma = |W v| <= sigma_1, which one iteration a
 * step keeps close, because a step turns the singular vectors by little (Miyato et al. 2018). */
static double iterate(const flt *w, long rows, long cols, flt *u, flt *v) {
    gemm(TRANSPOSED, PLAIN, cols, 1, rows, w, cols, u, 1, 0, v, 1);
    normalise(v, cols);
    gemm(PLAIN, PLAIN, rows, 1, cols, w, cols, v, 1, 0, u, 1);
    return normalise(u, rows);
}

/* A random start, brought near to the first singular vector. */
static void start_vectors(const trial_t *trial, graph_t *graph, struct spectral_norm *norm) {
    flt *u = norm->left;
    for (long p = 0; p < graph_parameter_count(graph); p++) {
        const parameter_t *at = &graph_parameters(graph)[p];
        if (!is_weight_matrix(at)) continue;
        rng_t rng = rng_open(trial->seed, trial->replica, "spectral_norm", (uint32_t)p);
        for (long i = 0; i < at->rows; i++) u[i] = (flt)rng_normal(&rng);
        normalise(u, at->rows);
        for (int i = 0; i < ITERATIONS_FIRST; i++)
            iterate(graph_theta(graph) + at->offset, at->rows, at->cols, u, norm->right);
        u += at->rows;
    }
}

static status_t create(const trial_t *trial, model_t *model, void **state) {
    struct spectral_norm_options options;
    graph_t *graph = model_graph(model);
    config_read(trial->config, &spectral_norm_fields, &options);
    if (options.bound == 0) return STATUS_OK;
    struct spectral_norm *norm = *state = calloc(1, sizeof *norm);
    CHECK(norm, STATUS_ENVIRONMENT, "out of memory for spectral normalisation");
    long cols = 0;
    for (long p = 0; p < graph_parameter_count(graph); p++)
        if (graph_parameters(graph)[p].cols > cols) cols = graph_parameters(graph)[p].cols;
    norm->bound = options.bound;
    norm->count = (size_t)weight_rows(graph);
    norm->left = calloc(norm->count, sizeof *norm->left);
    norm->right = calloc((size_t)cols, sizeof *norm->right);
    CHECK(norm->left && norm->right, STATUS_ENVIRONMENT,
          "out of memory for spectral normalisation");
    start_vectors(trial, graph, norm);
    return STATUS_OK;
}

/* W <- W min(1, bound / sigma): matrices below the bound are left alone. */
static void after_update(void *state, step_t *step) {
    struct spectral_norm *norm = state;
    graph_t *graph = model_graph(step->model);
    flt *u = norm->left;
    for (long p = 0; p < graph_parameter_count(graph); p++) {
        const parameter_t *at = &graph_parameters(graph)[p];
        if (!is_weight_matrix(at)) continue;
        flt *w = graph_theta(graph) + at->offset;
        double largest = iterate(w, at->rows, at->cols, u, norm->right);
        if (largest > norm->bound) vector_scale(w, norm->bound / largest, w, at->rows * at->cols);
        u += at->rows;
    }
}

static const char left_path[] = "spectral_norm/left";

static void save(const void *state, record_t *record) {
    const struct spectral_norm *norm = state;
    record_put(record, left_path, RECORD_FLT, 1, &norm->count, norm->left);
}

static status_t load(void *state, const record_t *record) {
    struct spectral_norm *norm = state;
    return record_get(record, left_path, RECORD_FLT, norm->count, norm->left);
}

const stabilizer_row_t stabilizer_spectral_norm = {
    .name = "spectral_norm",
    .doc = "weight matrices keep to a largest singular value",
    .key = "train.spectral_norm",
    .takes = STABILIZER_HOLDS_SIZES,
    .options = &spectral_norm_fields,
    .create = create,
    .destroy = destroy,
    .after_update = after_update,
    .save = save,
    .load = load,
};
