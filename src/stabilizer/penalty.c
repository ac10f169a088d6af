#include "stabilizer/penalty.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/rng.h"
#include "kernel/vector.h"
#include "optim/optim.h"

struct penalty_options {
    int64_t every;
    double layers, clip;
    double residual_l2, jacobian, activation_variance;
};

#define AT(member) offsetof(struct penalty_options, member)
static const field_t fields[] = {
    {"penalty.every", FIELD_INT, AT(every), 1, 1e9, "10", NULL,
     "steps between two gradients of the penalties"},
    {"penalty.layers", FIELD_REAL, AT(layers), 0, 1, "0.5", NULL,
     "share of the layers drawn each time, at least one"},
    {"penalty.clip", FIELD_REAL, AT(clip), 0, 1e30, "1", NULL,
     "each penalty's gradient is scaled down to this norm"},
    {"penalty.residual_l2", FIELD_REAL, AT(residual_l2), 0, 1e30, "0", NULL,
     "weight of the mean square of h_{l+1} - h_l; 0 = off"},
    {"penalty.jacobian", FIELD_REAL, AT(jacobian), 0, 1e30, "0", NULL,
     "weight of the layers' mean squared gain between samples; 0 = off"},
    {"penalty.activation_variance", FIELD_REAL, AT(activation_variance), 0, 1e30, "0", NULL,
     "weight of the variance of h_{l+1} over samples; 0 = off"},
};
const field_set_t penalty_fields = FIELD_SET("penalties on hidden states", fields);

typedef struct penalty {
    struct penalty_options options;
    double weight;
    penalty_formula_t *formula;
    uint64_t seed;
    uint32_t replica;
    int depth;          /* layer transitions                                         */
    int *layers;        /* owned [depth]: transitions in the order drawn             */
    flt *kept;          /* owned [model_size]: the gradient so far                   */
    flt **seeds;        /* owned [depth + 1] of owned [B T, d]: dR/dh_l              */
    int *states;        /* owned [depth + 1]: hidden states with a gradient          */
    const flt **chosen; /* owned [depth + 1]: theirs, borrowed from seeds       */
} penalty_t;

status_t penalty_needs(const config_t *config, const char *key, stabilizer_needs_t *needs) {
    if (config_number(config, key) == 0) return STATUS_OK;
    needs->gradients += 1 / config_number(config, "penalty.every");
    needs->vectors += 1;
    needs->hidden_states += config_number(config, "model.layers") + 1;
    return STATUS_OK;
}

void penalty_destroy(void *state) {
    penalty_t *penalty = state;
    for (int l = 0; penalty->seeds && l <= penalty->depth; l++) free(penalty->seeds[l]);
    free(penalty->seeds);
    free(penalty->layers);
    free(penalty->states);
    free(penalty->chosen);
    free(penalty->kept);
    free(penalty);
}

static size_t hidden_size(const model_t *model) {
    matrix_t hidden = model_hidden(model, 0);
    return (size_t)(hidden.rows * hidden.cols);
}

static status_t take_memory(penalty_t *penalty, const model_t *model) {
    size_t states = (size_t)penalty->depth + 1;
    penalty->layers = calloc(states, sizeof *penalty->layers);
    penalty->states = calloc(states, sizeof *penalty->states);
    penalty->chosen = calloc(states, sizeof *penalty->chosen);
    penalty->seeds = calloc(states, sizeof *penalty->seeds);
    penalty->kept = malloc((size_t)model_size(model) * sizeof *penalty->kept);
    int is_whole =
        penalty->layers && penalty->states && penalty->chosen && penalty->seeds && penalty->kept;
    for (size_t l = 0; is_whole && l < states; l++)
        is_whole = (penalty->seeds[l] = malloc(hidden_size(model) * sizeof(flt))) != NULL;
    CHECK(is_whole, STATUS_ENVIRONMENT, "out of memory for a penalty on hidden states");
    return STATUS_OK;
}

status_t penalty_create(const trial_t *trial, model_t *model, const char *key,
                        penalty_formula_t *formula, void **state) {
    double weight = config_number(trial->config, key);
    if (weight == 0) return STATUS_OK;
    penalty_t *penalty = *state = calloc(1, sizeof *penalty);
    CHECK(penalty, STATUS_ENVIRONMENT, "out of memory for a penalty on hidden states");
    *penalty = (penalty_t){.weight = weight,
                           .formula = formula,
                           .seed = trial->seed,
                           .replica = trial->replica,
                           .depth = (int)model_options(model)->layers};
    config_read(trial->config, &penalty_fields, &penalty->options);
    return take_memory(penalty, model);
}

/* layers[0 .. count) of this step, and the shift of its pairs. Returns count. */
static int draw(penalty_t *penalty, int64_t step, long rows, long *shift) {
    int depth = penalty->depth, count = (int)ceil(penalty->options.layers * depth);
    rng_t rng = rng_open(penalty->seed, penalty->replica, "penalty", (uint32_t)step);
    for (int l = 0; l < depth; l++) penalty->layers[l] = l;
    rng_shuffle(&rng, penalty->layers, depth);
    *shift = rows > 1 ? 1 + (long)rng_below(&rng, (uint32_t)(rows - 1)) : 0;
    return count > 0 ? count : 1;
}

/* Gradients of the penalty at the hidden states it looks at. Returns how many there are. */
static int find_seeds(penalty_t *penalty, const step_t *step) {
    matrix_t first = model_hidden(step->model, 0);
    penalty_layer_t layer = {.rows = first.rows, .width = first.cols};
    int count = draw(penalty, step->number, first.rows, &layer.shift), states = 0;
    size_t bytes = hidden_size(step->model) * sizeof(flt);
    for (int l = 0; l <= penalty->depth; l++) memset(penalty->seeds[l], 0, bytes);
    memset(penalty->states, 0, ((size_t)penalty->depth + 1) * sizeof *penalty->states);
    layer.weight = penalty->weight / count;
    for (int k = 0; k < count; k++) {
        int l = penalty->layers[k];
        layer.x = model_hidden(step->model, l).at.v, layer.dx = penalty->seeds[l];
        layer.y = model_hidden(step->model, l + 1).at.v, layer.dy = penalty->seeds[l + 1];
        penalty->formula(&layer);
        penalty->states[l] = penalty->states[l + 1] = 1;
    }
    for (int l = 0; l <= penalty->depth; l++)
        if (penalty->states[l]) {
            penalty->states[states] = l;
            penalty->chosen[states++] = penalty->seeds[l];
        }
    return states;
}

void penalty_after_gradient(void *state, step_t *step) {
    penalty_t *penalty = state;
    if (step->number % penalty->options.every != 0) return;
    graph_t *graph = model_graph(step->model);
    flt *gradient = graph_gradient(graph);
    size_t bytes = (size_t)graph_size(graph) * sizeof *gradient;
    model_load(step->model, step->batch);
    model_hidden_states(step->model);
    int states = find_seeds(penalty, step);
    memcpy(penalty->kept, gradient, bytes);
    memset(gradient, 0, bytes);
    model_backward_from(step->model, states, penalty->states, penalty->chosen);
    double norm = optim_gradient_norm(graph);
    if (!isfinite(norm))
        memset(gradient, 0, bytes);
    else
        optim_clip(graph, norm, penalty->options.clip);
    vector_add(1, penalty->kept, gradient, graph_size(graph));
    step->grad_norm = optim_gradient_norm(graph);
}
