#include "stabilizer/gradient_penalty.h"

#include <stdlib.h>

#include "kernel/vector.h"
#include "optim/optim.h"

struct penalty_options {
    double lambda;
};

#define OPTIONS struct penalty_options
static const field_t fields[] = {
    REAL_FIELD("train.gradient_penalty", lambda, .min = 0, .max = 1e6, .fallback = "0",
               .doc = "weight of the squared gradient norm in the loss; 0 = off"),
};
const field_set_t gradient_penalty_fields = FIELD_SET("gradient penalty", fields);

struct gradient_penalty {
    double lambda;
    flt *product; /* owned [model_size]: H g */
};

static double read_lambda(const config_t *config) {
    struct penalty_options options;
    config_read(config, &gradient_penalty_fields, &options);
    return options.lambda;
}

static status_t needs(const config_t *config, stabilizer_needs_t *needs) {
    if (read_lambda(config) == 0) return STATUS_OK;
    needs->mode = GRAPH_CURVATURE;
    needs->gradients += 2;
    needs->vectors += 1;
    return STATUS_OK;
}

static void destroy(void *state) {
    struct gradient_penalty *penalty = state;
    free(penalty->product);
    free(penalty);
}

static status_t create(const trial_t *trial, model_t *model, void **state) {
    double lambda = read_lambda(trial->config);
    if (lambda == 0) return STATUS_OK;
    struct gradient_penalty *penalty = *state = calloc(1, sizeof *penalty);
    CHECK(penalty, STATUS_ENVIRONMENT, "out of memory for the gradient penalty");
    penalty->lambda = lambda;
    penalty->product = malloc((size_t)model_size(model) * sizeof *penalty->product);
    CHECK(penalty->product, STATUS_ENVIRONMENT, "out of memory for the gradient penalty");
    return STATUS_OK;
}

/* g <- g + 2 lambda H g. First of the table: the product needs the values of the gradient pass, and
 * |grad L| is the task's only until somebody changes it. */
static void after_gradient(void *state, step_t *step) {
    struct gradient_penalty *penalty = state;
    graph_t *graph = model_graph(step->model);
    model_product(step->model, graph_gradient(graph), penalty->product);
    vector_add(2 * penalty->lambda, penalty->product, graph_gradient(graph), graph_size(graph));
    step->grad_norm = optim_gradient_norm(graph);
}

const stabilizer_row_t stabilizer_gradient_penalty = {
    .name = "gradient_penalty",
    .doc = "the squared gradient norm joins the loss",
    .key = "train.gradient_penalty",
    .takes = STABILIZER_REPLACES_GRADIENT,
    .options = &gradient_penalty_fields,
    .needs = needs,
    .create = create,
    .destroy = destroy,
    .after_gradient = after_gradient,
    .is_stateless = 1,
};
