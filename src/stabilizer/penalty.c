#include "stabilizer/penalty.h"

#include <stdlib.h>

#include "stabilizer/hidden_gradient.h"

struct penalty_options {
    int64_t every;
    double layers, clip;
};

/* The keys of all penalties. */
static char of_users[512];

#define OPTIONS struct penalty_options
static const field_t fields[] = {
    INT_FIELD("penalty.every", every, .min = 1, .max = 1e9, .fallback = "10",
              .doc = "steps between two gradients of the penalties", .needs = of_users),
    REAL_FIELD("penalty.layers", layers, .min = 0, .max = 1, .fallback = "0.5",
               .doc = "share of the layers drawn each time, at least one", .needs = of_users),
    REAL_FIELD("penalty.clip", clip, .min = 1e-6, .max = 1e30, .fallback = "1",
               .doc = "each penalty's gradient is scaled down to this norm", .needs = of_users),
};
const field_set_t penalty_fields = FIELD_SET("penalties on hidden states", fields);

__attribute__((constructor)) static void find_users(void) {
    stabilizers_users(&penalty_fields, of_users, sizeof of_users);
}

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
