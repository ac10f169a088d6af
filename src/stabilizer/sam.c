#include "stabilizer/sam.h"

#include <stdlib.h>
#include <string.h>

#include "kernel/vector.h"
#include "optim/optim.h"

struct sam_options {
    double rho;
};

#define OPTIONS struct sam_options
static const field_t fields[] = {
    REAL_FIELD("train.sam_rho", rho, .min = 0, .max = 1e6, .fallback = "0",
               .doc = "SAM: length of the step uphill at whose end the gradient is taken; 0 = off"),
};
const field_set_t sam_fields = FIELD_SET("SAM", fields);

struct sam {
    double rho;
    flt *theta; /* owned [model_size] */
};

static struct sam_options read_options(const config_t *config) {
    struct sam_options options;
    config_read(config, &sam_fields, &options);
    return options;
}

static status_t needs(const config_t *config, stabilizer_needs_t *needs) {
    if (read_options(config).rho == 0) return STATUS_OK;
    needs->gradients += 1;
    needs->vectors += 1;
    return STATUS_OK;
}

static void destroy(void *state) {
    struct sam *sam = state;
    free(sam->theta);
    free(sam);
}

static status_t create(const trial_t *trial, model_t *model, void **state) {
    struct sam_options options = read_options(trial->config);
    if (options.rho == 0) return STATUS_OK;
    struct sam *sam = *state = calloc(1, sizeof *sam);
    CHECK(sam, STATUS_ENVIRONMENT, "out of memory for SAM");
    sam->rho = options.rho;
    sam->theta = malloc((size_t)model_size(model) * sizeof *sam->theta);
    CHECK(sam->theta, STATUS_ENVIRONMENT, "out of memory for SAM");
    return STATUS_OK;
}

/* g <- grad L(theta + rho g/|g|), at the same batch and the same draw; theta is put back bit for
 * bit. At a gradient of 0 there is no way uphill. */
static void after_gradient(void *state, step_t *step) {
    struct sam *sam = state;
    graph_t *graph = model_graph(step->model);
    long size = graph_size(graph);
    if (!(step->grad_norm > 0)) return;
    memcpy(sam->theta, graph_theta(graph), (size_t)size * sizeof *sam->theta);
    vector_add(sam->rho / step->grad_norm, graph_gradient(graph), graph_theta(graph), size);
    model_load(step->model, step->batch);
    model_gradient(step->model);
    memcpy(graph_theta(graph), sam->theta, (size_t)size * sizeof *sam->theta);
    step->grad_norm = optim_gradient_norm(graph);
}

const stabilizer_row_t stabilizer_sam = {
    .name = "sam",
    .doc = "the gradient a step uphill",
    .key = "train.sam_rho",
    .takes = STABILIZER_REPLACES_GRADIENT,
    .options = &sam_fields,
    .needs = needs,
    .create = create,
    .destroy = destroy,
    .after_gradient = after_gradient,
    .is_stateless = 1,
};
