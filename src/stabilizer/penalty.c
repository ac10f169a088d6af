#include "stabilizer/penalty.h"

#include <stdlib.h>

#include "stabilizer/hidden_gradient.h"

struct penalty_options {
    int64_t every;
    double layers, clip;
    double residual_l2, jacobian, activation_variance;
};

#define AT(member) offsetof(struct penalty_options, member)
static const field_t fields[] = {
    {"penalty.every", FIELD_INT, AT(every), 1, 1e9, "10", NULL,
     "steps between two gradients of the penalties",
     "penalty.residual_l2 penalty.jacobian penalty.activation_variance"},
    {"penalty.layers", FIELD_REAL, AT(layers), 0, 1, "0.5", NULL,
     "share of the layers drawn each time, at least one",
     "penalty.residual_l2 penalty.jacobian penalty.activation_variance"},
    {"penalty.clip", FIELD_REAL, AT(clip), 1e-6, 1e30, "1", NULL,
     "each penalty's gradient is scaled down to this norm",
     "penalty.residual_l2 penalty.jacobian penalty.activation_variance"},
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
    hidden_gradient_t hidden;
} penalty_t;

status_t penalty_needs(const config_t *config, const char *key, stabilizer_needs_t *needs) {
    if (config_number(config, key) == 0) return STATUS_OK;
    hidden_gradient_needs(config, config_number(config, "penalty.every"), needs);
    return STATUS_OK;
}

void penalty_destroy(void *state) {
    penalty_t *penalty = state;
    hidden_gradient_destroy(&penalty->hidden);
    free(penalty);
}

status_t penalty_create(const trial_t *trial, model_t *model, const char *key,
                        penalty_formula_t *formula, void **state) {
    double weight = config_number(trial->config, key);
    if (weight == 0) return STATUS_OK;
    penalty_t *penalty = *state = calloc(1, sizeof *penalty);
    CHECK(penalty, STATUS_ENVIRONMENT, "out of memory for a penalty on hidden states");
    *penalty = (penalty_t){
        .weight = weight, .formula = formula, .seed = trial->seed, .replica = trial->replica};
    config_read(trial->config, &penalty_fields, &penalty->options);
    return hidden_gradient_create(model, 0, &penalty->hidden);
}

/* The penalty's gradients at the hidden states it looks at. */
static void seed_states(penalty_t *penalty, const step_t *step) {
    matrix_t first = model_hidden(step->model, 0);
    penalty_layer_t layer = {.rows = first.rows, .width = first.cols};
    rng_t rng = rng_open(penalty->seed, penalty->replica, "penalty", (uint32_t)step->number);
    int count = hidden_gradient_begin(&penalty->hidden, step, penalty->options.layers, &rng);
    layer.shift = layer.rows > 1 ? 1 + (long)rng_below(&rng, (uint32_t)(layer.rows - 1)) : 0;
    layer.weight = penalty->weight / count;
    for (int k = 0; k < count; k++) {
        int l = penalty->hidden.layers[k];
        layer.x = model_hidden(step->model, l).at.v;
        layer.y = model_hidden(step->model, l + 1).at.v;
        layer.dx = hidden_gradient_at(&penalty->hidden, step, l);
        layer.dy = hidden_gradient_at(&penalty->hidden, step, l + 1);
        penalty->formula(&layer);
    }
}

void penalty_after_gradient(void *state, step_t *step) {
    penalty_t *penalty = state;
    if (step->number % penalty->options.every != 0) return;
    seed_states(penalty, step);
    hidden_gradient_enter(&penalty->hidden, step, penalty->options.clip, NULL, NULL);
}
