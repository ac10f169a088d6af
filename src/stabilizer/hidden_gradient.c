#include "stabilizer/hidden_gradient.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "kernel/vector.h"
#include "optim/optim.h"

static size_t state_bytes(const model_t *model) {
    matrix_t hidden = model_hidden(model, 0);
    return (size_t)(hidden.rows * hidden.cols) * sizeof(flt);
}

status_t hidden_gradient_create(const model_t *model, int is_local, hidden_gradient_t *hidden) {
    size_t states = (size_t)model_options(model)->layers + 1;
    *hidden = (hidden_gradient_t){.depth = (int)states - 1,
                                  .is_local = is_local,
                                  .layers = calloc(states, sizeof *hidden->layers),
                                  .kept = malloc((size_t)model_size(model) * sizeof(flt)),
                                  .seeds = calloc(states, sizeof *hidden->seeds),
                                  .is_seeded = calloc(states, sizeof *hidden->is_seeded),
                                  .states = calloc(states, sizeof *hidden->states),
                                  .chosen = calloc(states, sizeof *hidden->chosen)};
    int is_whole = hidden->layers && hidden->kept && hidden->seeds && hidden->is_seeded &&
                   hidden->states && hidden->chosen;
    for (size_t l = 0; is_whole && l < states; l++)
        is_whole = (hidden->seeds[l] = malloc(state_bytes(model))) != NULL;
    CHECK(is_whole, STATUS_ENVIRONMENT, "out of memory for gradients at hidden states");
    return STATUS_OK;
}

void hidden_gradient_destroy(hidden_gradient_t *hidden) {
    for (int l = 0; hidden->seeds && l <= hidden->depth; l++) free(hidden->seeds[l]);
    free(hidden->seeds);
    free(hidden->layers);
    free(hidden->is_seeded);
    free(hidden->states);
    free(hidden->chosen);
    free(hidden->kept);
    *hidden = (hidden_gradient_t){0};
}

void hidden_gradient_needs(const config_t *config, double every, stabilizer_needs_t *needs) {
    if (needs->mode < GRAPH_KEEP) needs->mode = GRAPH_KEEP;
    needs->gradients += 2.0 / 3 / every; /* a backward pass is worth two forward ones */
    needs->vectors += 1;
    needs->hidden_states += config_number(config, "model.layers") + 1;
}

/* Transitions without replacement: the first `count` of a shuffle. Numbers come from `rng` whatever
 * the share, so that arms with other shares stay in step. */
int hidden_gradient_begin(hidden_gradient_t *hidden, const step_t *step, double share, rng_t *rng) {
    int count = (int)ceil(share * hidden->depth);
    for (int l = 0; l < hidden->depth; l++) hidden->layers[l] = l;
    rng_shuffle(rng, hidden->layers, hidden->depth);
    memset(hidden->is_seeded, 0, ((size_t)hidden->depth + 1) * sizeof *hidden->is_seeded);
    if (!model_is_held(step->model, step->passes)) {
        model_load(step->model, step->batch);
        model_hidden_states(step->model);
    }
    return count > 0 ? count : 1;
}

flt *hidden_gradient_at(hidden_gradient_t *hidden, const step_t *step, int l) {
    if (!hidden->is_seeded[l]) memset(hidden->seeds[l], 0, state_bytes(step->model));
    hidden->is_seeded[l] = 1;
    return hidden->seeds[l];
}

/* Adds the parameters' share to the gradient. */
static void go_back(hidden_gradient_t *hidden, model_t *model) {
    int states = 0;
    for (int l = 0; l <= hidden->depth; l++) {
        if (!hidden->is_seeded[l]) continue;
        if (hidden->is_local) model_backward_block(model, l - 1, hidden->seeds[l]);
        hidden->states[states] = l;
        hidden->chosen[states++] = hidden->seeds[l];
    }
    if (!hidden->is_local) model_backward_from(model, states, hidden->states, hidden->chosen);
}

/* g <- g + s q min(1, limit / |q|), q the penalty's gradient, s what `turn` does to it. The task's
 * gradient is set aside meanwhile: the passes that carry q down add to the same place, and q's norm
 * must be known before the two meet. */
double hidden_gradient_enter(hidden_gradient_t *hidden, step_t *step, double limit,
                             hidden_gradient_turn_t *turn, void *context) {
    graph_t *graph = model_graph(step->model);
    long n = graph_size(graph);
    size_t bytes = (size_t)n * sizeof(flt);
    memcpy(hidden->kept, graph_gradient(graph), bytes);
    memset(graph_gradient(graph), 0, bytes);
    go_back(hidden, step->model);
    double norm = optim_gradient_norm(graph);
    if (isfinite(norm)) {
        optim_clip(graph, norm, limit);
        if (turn) turn(context, graph_gradient(graph), n);
    } else {
        memset(graph_gradient(graph), 0, bytes);
    }
    vector_add(1, hidden->kept, graph_gradient(graph), n);
    step->grad_norm = optim_gradient_norm(graph);
    return norm;
}
