#include "optim/optim.h"

#include <assert.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "optim/adamw.h"
#include "optim/sgd.h"

const optim_row_t *const optim_rows[] = {&optim_adamw, &optim_sgd, NULL};

enum { MOMENTS = sizeof((update_t){0}.moments) / sizeof(flt *) };

struct optim {
    const optim_row_t *row;
    graph_t *graph; /* borrowed                           */
    void *options;  /* owned, the row's own struct        */
    double weight_decay;
    arena_t arena; /* holds the moments                  */
    flt *moments[MOMENTS];
};

const char *const *optim_names(void) {
    static const char *names[sizeof optim_rows / sizeof *optim_rows];
    for (int i = 0; optim_rows[i]; i++) names[i] = optim_rows[i]->name;
    return names;
}

struct optim_options {
    char name[FIELD_NAME_MAX];
    double weight_decay;
};

static const field_t fields[] = {
    {"train.optimizer", FIELD_CHOICE, offsetof(struct optim_options, name), 0, 0, "adamw",
     optim_names, "update rule"},
    {"train.weight_decay", FIELD_REAL, offsetof(struct optim_options, weight_decay), 0, 10, "0.01",
     NULL, "decoupled: parameters shrink by lr * weight_decay a step"},
};
const field_set_t optim_fields = FIELD_SET("optimizer", fields);

static const optim_row_t *find(const char *name) {
    int i = 0;
    while (optim_rows[i] && strcmp(optim_rows[i]->name, name) != 0) i++;
    assert(optim_rows[i] && "the name was checked when the sweep file was read");
    return optim_rows[i];
}

double optim_bytes(const config_t *config, double parameters) {
    struct optim_options common;
    config_read(config, &optim_fields, &common);
    return find(common.name)->moments * parameters * (double)sizeof(flt);
}

static status_t take_moments(optim_t *optim) {
    size_t bytes = (size_t)graph_size(optim->graph) * sizeof(flt);
    TRY(arena_create((size_t)optim->row->moments * arena_round(bytes), &optim->arena));
    for (int k = 0; k < optim->row->moments; k++)
        optim->moments[k] = arena_take(&optim->arena, bytes);
    return STATUS_OK;
}

status_t optim_create(const config_t *config, graph_t *graph, optim_t **result) {
    status_t status;
    struct optim_options common;
    config_read(config, &optim_fields, &common);
    optim_t *optim = calloc(1, sizeof *optim);
    CHECK(optim, STATUS_ENVIRONMENT, "out of memory for an optimizer");
    *optim =
        (optim_t){.row = find(common.name), .graph = graph, .weight_decay = common.weight_decay};
    optim->options = calloc(1, optim->row->options_size + 1);
    CHECK_OR_DONE(optim->options, STATUS_ENVIRONMENT, "out of memory for an optimizer");
    if (optim->row->options) config_read(config, optim->row->options, optim->options);
    TRY_OR_DONE(take_moments(optim));
done:
    if (status != STATUS_OK) optim_destroy(&optim);
    *result = optim;
    return status;
}

void optim_destroy(optim_t **optim) {
    if (!*optim) return;
    arena_destroy(&(*optim)->arena);
    free((*optim)->options);
    free(*optim);
    *optim = NULL;
}

void optim_step(optim_t *optim, int64_t step, double lr) {
    update_t update = {.theta = graph_theta(optim->graph),
                       .gradient = graph_gradient(optim->graph),
                       .count = graph_size(optim->graph),
                       .step = step,
                       .lr = lr,
                       .weight_decay = optim->weight_decay};
    memcpy(update.moments, optim->moments, sizeof update.moments);
    optim->row->update(&update, optim->options);
}

const flt *optim_moments(const optim_t *optim, int k) {
    return k < optim->row->moments ? optim->moments[k] : NULL;
}

void optim_clip(graph_t *graph, double norm, double limit) {
    if (norm <= limit) return;
    flt *gradient = graph_gradient(graph), scale = (flt)(limit / norm);
    for (long i = 0, n = graph_size(graph); i < n; i++) gradient[i] *= scale;
}

/* Sixteen sums side by side, in a fixed order: as fast as memory, and the same bits every time. The
 * layout of the parameters pads every tensor to a multiple of that. */
double optim_gradient_norm(graph_t *graph) {
    enum { WIDE = 16 };
    const flt *gradient = graph_gradient(graph);
    double sum[WIDE] = {0}, total = 0;
    for (long i = 0, n = graph_size(graph); i < n; i += WIDE)
        for (int k = 0; k < WIDE; k++) sum[k] += (double)gradient[i + k] * (double)gradient[i + k];
    for (int k = 0; k < WIDE; k++) total += sum[k];
    return sqrt(total);
}
