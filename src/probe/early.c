#include "probe/early.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

const early_row_t *const early_rows[] = {
#define EARLY(name) &early_##name,
#include "probe/early.def"
#undef EARLY
    NULL};
enum { ROWS = sizeof early_rows / sizeof *early_rows - 1 };

static const int64_t steps[] = {0, 10};
enum { STEPS = sizeof steps / sizeof *steps };

struct options {
    bool is_on;
};

#define OPTIONS struct options
static const field_t fields[] = {
    BOOL_FIELD("probe.early", is_on, .fallback = "false",
               .doc = "measure further predictors of divergence at steps 0 and 10 (early/...)",
               .is_later = true),
};
const field_set_t early_fields = FIELD_SET("early predictors", fields, .is_shared = true);

struct early_probe {
    model_t *model; /* borrowed, as the optimizer */
    optim_t *optim;
    flt *before, *after;        /* owned [model_size] */
    double loss;                /* at the parameters before */
    double values[ROWS][STEPS]; /* NaN: not measured */
};

int early_probe_is_asked(const config_t *config) {
    struct options options;
    config_read(config, &early_fields, &options);
    return options.is_on;
}

status_t early_probe_check(const config_t *config) {
    if (!early_probe_is_asked(config)) return STATUS_OK;
    CHECK(strcmp(config_text(config, "resources.device"), backend_host.name) == 0, STATUS_SPEC,
          "probe.early: it looks at activations in the host's memory; set resources.device to %s, "
          "or this to false",
          backend_host.name);
    CHECK(config_number(config, "resources.ranks_per_trial") == 1, STATUS_SPEC,
          "probe.early: it is of the whole batch, which no single rank has; set "
          "resources.ranks_per_trial to 1, or this to false");
    return STATUS_OK;
}

double early_probe_passes(const config_t *config) {
    double passes = 1;
    for (int i = 0; i < ROWS; i++) passes += early_rows[i]->passes;
    return early_probe_is_asked(config) ? STEPS * passes : 0;
}

double early_probe_vectors(const config_t *config) { return early_probe_is_asked(config) ? 3 : 0; }

status_t early_probe_create(const config_t *config, model_t *model, optim_t *optim,
                            early_probe_t **out) {
    *out = NULL;
    TRY(early_probe_check(config));
    if (!early_probe_is_asked(config)) return STATUS_OK;
    early_probe_t *probe = *out = calloc(1, sizeof *probe);
    CHECK(probe, STATUS_ENVIRONMENT, "out of memory for early predictors");
    size_t count = (size_t)model_size(model);
    *probe = (early_probe_t){.model = model, .optim = optim};
    probe->before = malloc(count * sizeof *probe->before);
    probe->after = malloc(count * sizeof *probe->after);
    for (int i = 0; i < ROWS; i++)
        for (int k = 0; k < STEPS; k++) probe->values[i][k] = NAN;
    CHECK(probe->before && probe->after, STATUS_ENVIRONMENT,
          "out of memory for early predictors of %zu parameters", count);
    return STATUS_OK;
}

void early_probe_destroy(early_probe_t **probe) {
    if (!*probe) return;
    free((*probe)->before);
    free((*probe)->after);
    free(*probe);
    *probe = NULL;
}

/* Which of the steps it is; STEPS = none. */
static int place_of(const early_probe_t *probe, int64_t step) {
    int k = probe ? 0 : STEPS;
    while (k < STEPS && steps[k] != step) k++;
    return k;
}

static void keep_parameters(const early_probe_t *probe, flt *copy) {
    memcpy(copy, graph_theta(model_graph(probe->model)),
           (size_t)model_size(probe->model) * sizeof *copy);
}

static void set_parameters(const early_probe_t *probe, const flt *copy) {
    memcpy(graph_theta(model_graph(probe->model)), copy,
           (size_t)model_size(probe->model) * sizeof *copy);
}

/* Every row is given the parameters before the update, and a forward pass there. */
void early_probe_before(early_probe_t *probe, int64_t step, double lr) {
    int k = place_of(probe, step);
    if (k == STEPS) return;
    const precision_t *of_training = model_set_precision(probe->model, &precision_f32);
    keep_parameters(probe, probe->before);
    for (int i = 0; i < ROWS; i++) {
        if (!early_rows[i]->before) continue;
        const early_moment_t moment = {.model = probe->model,
                                       .optim = probe->optim,
                                       .before = probe->before,
                                       .loss = probe->loss = model_loss(probe->model).total,
                                       .lr = lr,
                                       .step = step};
        probe->values[i][k] = early_rows[i]->before(&moment);
        set_parameters(probe, probe->before);
    }
    model_set_precision(probe->model, of_training);
}

void early_probe_after(early_probe_t *probe, int64_t step, double lr) {
    int k = place_of(probe, step);
    if (k == STEPS) return;
    const precision_t *of_training = model_set_precision(probe->model, &precision_f32);
    keep_parameters(probe, probe->after);
    for (int i = 0; i < ROWS; i++) {
        if (!early_rows[i]->after) continue;
        const early_moment_t moment = {.model = probe->model,
                                       .optim = probe->optim,
                                       .before = probe->before,
                                       .after = probe->after,
                                       .loss = probe->loss,
                                       .lr = lr,
                                       .step = step};
        probe->values[i][k] = early_rows[i]->after(&moment);
    }
    set_parameters(probe, probe->after);
    model_set_precision(probe->model, of_training);
}

static const char *path_of(int row, int k, char path[RECORD_PATH_MAX]) {
    snprintf(path, RECORD_PATH_MAX, "early/%s_%ld", early_rows[row]->name, (long)steps[k]);
    return path;
}

void early_probe_record(const early_probe_t *probe, record_t *record) {
    char path[RECORD_PATH_MAX];
    for (int i = 0; probe && i < ROWS; i++)
        for (int k = 0; k < STEPS; k++)
            record_put_f64(record, path_of(i, k, path), probe->values[i][k]);
}

status_t early_probe_load(early_probe_t *probe, const record_t *record) {
    char path[RECORD_PATH_MAX];
    for (int i = 0; probe && i < ROWS; i++)
        for (int k = 0; k < STEPS; k++)
            TRY(record_get(record, path_of(i, k, path), RECORD_F64, 1, &probe->values[i][k]));
    return STATUS_OK;
}
