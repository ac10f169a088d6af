#include "optim/optim.h"

#include <assert.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/memory.h"
#include "base/text.h"
#include "kernel/flt_record.h"
#include "kernel/mirror.h"
#include "kernel/vector.h"
#include "optim/mup.h"

const optim_row_t *const optim_rows[] = {
#define OPTIM(name) &optim_##name,
#include "optim/optimizers.def"
#undef OPTIM
    NULL};

enum { MOMENTS = sizeof((update_t){0}.moments) / sizeof(flt *) };

/* A stretch of theta with one learning rate: a tensor, or its part under muP. */
typedef struct part {
    long offset, count;
    double factor; /* of the learning rate */
    int decays;
    int64_t missed;               /* steps before its first update */
    const parameter_t *parameter; /* borrowed; NULL: of no graph */
} part_t;

struct optim {
    const optim_row_t *row;
    const backend_t *backend; /* borrowed: where the rule runs                           */
    graph_t *graph;           /* borrowed; NULL: theta and gradient are the next two     */
    flt *theta;               /* borrowed, as the gradient */
    const flt *gradient;
    long size;
    part_t *parts; /* owned [part_count] */
    int part_count;
    void *options; /* owned, the row's own struct */
    double weight_decay;
    int all_decay; /* 0: matrices and tables alone */
    arena_t arena; /* of the backend: holds the moments */
    mirror_t moments[MOMENTS];
};

const char *const *optim_names(void) {
    static const char *names[sizeof optim_rows / sizeof *optim_rows];
    for (int i = 0; optim_rows[i]; i++) names[i] = optim_rows[i]->name;
    return names;
}

void optim_users(const field_set_t *set, char *text, size_t size) {
    snprintf(text, size, "train.optimizer");
    char separator = '=';
    for (int i = 0; optim_rows[i]; i++) {
        if (optim_rows[i]->options != set) continue;
        text_append(text, size, "%c%s", separator, optim_rows[i]->name);
        separator = '|';
    }
}

struct optim_options {
    char name[FIELD_NAME_MAX], decay[FIELD_NAME_MAX];
    double weight_decay;
};

static const char all_decay[] = "all";
static const char *const *decay_names(void) {
    static const char *const names[] = {all_decay, "matrices", NULL};
    return names;
}

#define OPTIONS struct optim_options
static const field_t fields[] = {
    CHOICE_FIELD("train.optimizer", name, .fallback = "adamw", .choices = optim_names,
                 .doc = "update rule"),
    REAL_FIELD("train.weight_decay", weight_decay, .min = 0, .max = 10, .fallback = "0.01",
               .doc = "decoupled: parameters shrink by lr * weight_decay a step", .is_later = true,
               .is_costless = true),
    CHOICE_FIELD("train.decay", decay, .fallback = all_decay, .choices = decay_names,
                 .doc = "what shrinks: all parameters, or matrices and embeddings alone",
                 .is_later = true, .is_costless = true, .off_with = "train.weight_decay=0"),
};
const field_set_t optim_fields = FIELD_SET("optimizer", fields);

static const optim_row_t *find(const char *name) {
    int i = 0;
    while (optim_rows[i] && strcmp(optim_rows[i]->name, name) != 0) i++;
    assert(optim_rows[i] && "the name was checked when the sweep file was read");
    return optim_rows[i];
}

static const optim_row_t *find_row(const config_t *config) {
    struct optim_options common;
    config_read(config, &optim_fields, &common);
    return find(common.name);
}

double optim_bytes(const config_t *config, double parameters) {
    return find_row(config)->moments * parameters * (double)sizeof(flt);
}

double optim_flops(const config_t *config, const graph_t *graph) {
    const optim_row_t *row = find_row(config);
    const parameter_t *p = graph_parameters(graph), *end = p + graph_parameter_count(graph);
    double flops = 0;
    for (; row->flops && p < end; p++) flops += row->flops(p);
    return flops;
}

static status_t take_moments(optim_t *optim) {
    size_t bytes = (size_t)optim->size * sizeof(flt), count = (size_t)optim->row->moments;
    TRY(optim->backend->reserve(count * arena_round(bytes), &optim->arena));
    for (int k = 0; k < optim->row->moments; k++)
        TRY(mirror_create(optim->backend, arena_take(&optim->arena, bytes), optim->size,
                          &optim->moments[k]));
    return STATUS_OK;
}

/* Everything but the parts: there is room for `parts` of them. */
static status_t create(const config_t *config, size_t parts, optim_t *optim) {
    struct optim_options common;
    config_read(config, &optim_fields, &common);
    optim->row = find(common.name);
    int is_on_device = optim->graph && !optim->row->runs_on_host;
    optim->backend = is_on_device ? graph_backend(optim->graph) : &backend_host;
    optim->weight_decay = common.weight_decay;
    optim->all_decay = strcmp(common.decay, all_decay) == 0;
    optim->options = calloc(1, optim->row->options_size + 1);
    optim->parts = calloc(parts, sizeof *optim->parts);
    CHECK(optim->options && optim->parts, STATUS_ENVIRONMENT, "out of memory for an optimizer");
    if (optim->row->options) config_read(config, optim->row->options, optim->options);
    return take_moments(optim);
}

static status_t finish(optim_t **optim, status_t status) {
    if (status != STATUS_OK) optim_destroy(optim);
    return status;
}

status_t optim_create_for(const config_t *config, flt *theta, const flt *gradient, long count,
                          optim_t **result) {
    optim_t *optim = *result = calloc(1, sizeof *optim);
    CHECK(optim, STATUS_ENVIRONMENT, "out of memory for an optimizer");
    *optim = (optim_t){.theta = theta, .gradient = gradient, .size = count};
    status_t status = create(config, 1, optim);
    if (status == STATUS_OK)
        optim->parts[optim->part_count++] = (part_t){.count = count, .factor = 1, .decays = 1};
    return finish(result, status);
}

static int decays(const optim_t *optim, const parameter_facts_t *facts) {
    int is_wide = facts->kind == PARAMETER_MATRIX || facts->kind == PARAMETER_TABLE;
    return !facts->never_decays && (optim->all_decay || is_wide);
}

/* The parts of all parameters, without their padding: its gradient is zero, so it stays zero. */
static void take_parts(optim_t *optim, const graph_t *graph, double width_ratio) {
    const parameter_t *parameters = graph_parameters(graph);
    for (long p = 0; p < graph_parameter_count(graph); p++) {
        const parameter_t *at = &parameters[p];
        mup_slice_t slices[PARAMETER_PARTS] = {{.count = at->rows * at->cols}};
        int count = width_ratio != 1 ? mup_slices(at, &optim->row->mup, slices) : 1;
        for (int k = 0; k < count; k++)
            optim->parts[optim->part_count++] =
                (part_t){.offset = at->offset + slices[k].first,
                         .count = slices[k].count,
                         .factor = pow(width_ratio, slices[k].exponent),
                         .decays = decays(optim, &at->facts),
                         .parameter = at};
    }
}

status_t optim_create(const config_t *config, graph_t *graph, optim_t **result) {
    optim_t *optim = *result = calloc(1, sizeof *optim);
    CHECK(optim, STATUS_ENVIRONMENT, "out of memory for an optimizer");
    *optim = (optim_t){.graph = graph, .size = graph_size(graph)};
    status_t status = create(config, PARAMETER_PARTS * (size_t)graph_parameter_count(graph), optim);
    if (status == STATUS_OK) take_parts(optim, graph, mup_width_ratio(config));
    return finish(result, status);
}

void optim_destroy(optim_t **optim) {
    if (!*optim) return;
    for (int k = 0; k < MOMENTS; k++) mirror_destroy(&(*optim)->moments[k]);
    if ((*optim)->backend) (*optim)->backend->release(&(*optim)->arena);
    free((*optim)->options);
    free((*optim)->parts);
    free(*optim);
    *optim = NULL;
}

/* --- steps --- */

void update_run(const update_t *u, vector_kernel_t kernel, const void *options, size_t size) {
    long count = u->count;
    const call_t call = {.x[0] = {.at.v = (flt *)u->gradient, .rows = count, .cols = 1},
                         .y = {{.at.v = u->theta, .rows = count, .cols = 1},
                               {.at.v = u->moments[0], .rows = count, .cols = 1},
                               {.at.v = u->moments[1], .rows = count, .cols = 1}},
                         .options = options_from(options, size)};
    backend_vector(u->backend, kernel)(&call);
}

/* All parameters, to be changed where the rule runs. */
static update_t all_of(optim_t *optim) {
    update_t all = {.backend = optim->backend, .theta = optim->theta, .gradient = optim->gradient};
    if (optim->graph) {
        int is_here = optim->backend == &backend_host;
        all.theta = is_here ? graph_theta(optim->graph) : graph_theta_there(optim->graph);
        all.gradient = is_here ? graph_gradient(optim->graph) : graph_gradient_there(optim->graph);
    }
    for (int k = 0; k < optim->row->moments; k++) all.moments[k] = mirror_there(&optim->moments[k]);
    return all;
}

/* Gradient and state as the host sees them, to be read only. */
static update_t all_here(optim_t *optim) {
    update_t all = {.backend = &backend_host, .gradient = optim->gradient};
    if (optim->graph) all.gradient = graph_gradient(optim->graph);
    for (int k = 0; k < optim->row->moments; k++) {
        mirror_read(&optim->moments[k]);
        all.moments[k] = optim->moments[k].here;
    }
    return all;
}

/* `count` elements from the part's first on. A part that joins late counts its own steps, so that
 * its moments are those of a fresh start. */
static update_t update_of(const optim_t *optim, const update_t *all, const part_t *part, long count,
                          int64_t step, double lr) {
    update_t update = *all;
    update.theta = all->theta ? all->theta + part->offset : NULL;
    update.gradient += part->offset;
    for (int k = 0; k < optim->row->moments; k++) update.moments[k] += part->offset;
    update.count = count;
    update.parameter = part->parameter;
    update.first = part->parameter ? part->offset - part->parameter->offset : 0;
    update.step = step - part->missed;
    update.lr = lr * part->factor;
    update.weight_decay = part->decays ? optim->weight_decay / part->factor : 0;
    return update;
}

static int is_idle(const part_t *part) {
    const parameter_t *p = part->parameter;
    return p && (p->is_idle || p->facts.is_constant);
}

/* The last of the parts from `first` on that one update can serve: the zeros of the padding between
 * them stay zero under every rule whose elements do not know of each other. */
static part_t *end_of_stretch(const optim_t *optim, part_t *first) {
    part_t *last = first, *end = optim->parts + optim->part_count;
    if (optim->row->runs_on_host) return first;
    while (last + 1 < end && !is_idle(last + 1) && last[1].factor == first->factor &&
           last[1].decays == first->decays && last[1].missed == first->missed)
        last++;
    return last;
}

/* One update for as long a stretch of theta as has the same numbers: a plain loop over all of it,
 * or one launch on a device, instead of one per tensor. */
void optim_step(optim_t *optim, int64_t step, double lr) {
    const update_t all = all_of(optim);
    part_t *part = optim->parts, *end = part + optim->part_count;
    while (part < end) {
        if (is_idle(part)) {
            part++->missed = step;
            continue;
        }
        const part_t *last = end_of_stretch(optim, part);
        long count = last->offset + last->count - part->offset;
        const update_t update = update_of(optim, &all, part, count, step, lr);
        optim->row->update(&update, optim->options);
        part += last - part + 1;
    }
}

int optim_is_preconditioned(const config_t *config) {
    return find_row(config)->preconditioner != NULL;
}

int optim_has_preconditioner(const optim_t *optim) { return optim->row->preconditioner != NULL; }

int optim_has_edge(const config_t *config) { return find_row(config)->edge != NULL; }

const char *optim_with_edge(char *text, size_t size) {
    *text = '\0';
    for (int i = 0; optim_rows[i]; i++)
        if (optim_rows[i]->edge)
            text_append(text, size, "%s%s", *text ? ", " : "", optim_rows[i]->name);
    return text;
}

/* The rate of a part is the step's times its factor: so much less does P divide by. */
void optim_preconditioner(optim_t *optim, int64_t step, flt *p) {
    const update_t all = all_here(optim);
    for (long i = 0; i < optim->size; i++) p[i] = 1;
    for (int k = 0; k < optim->part_count; k++) {
        const part_t *part = &optim->parts[k];
        if (is_idle(part)) continue;
        const update_t update = update_of(optim, &all, part, part->count, step, 0);
        optim->row->preconditioner(&update, optim->options, p + part->offset);
        vector_scale(p + part->offset, 1 / part->factor, p + part->offset, part->count);
    }
}

double optim_edge(const optim_t *optim) {
    return optim->row->edge ? optim->row->edge(optim->options) : NAN;
}

const flt *optim_moments(optim_t *optim, int k) {
    return k < optim->row->moments ? mirror_read(&optim->moments[k]) : NULL;
}

static const char *moment_path(const char *prefix, int k, char path[RECORD_PATH_MAX]) {
    snprintf(path, RECORD_PATH_MAX, "%s/moment_%d", prefix, k);
    return path;
}

static const char *missed_path(const char *prefix, char path[RECORD_PATH_MAX]) {
    snprintf(path, RECORD_PATH_MAX, "%s/missed", prefix);
    return path;
}

/* Steps missed by each part, as one array. */
static int64_t *missed_steps(const optim_t *optim) {
    int64_t *missed = memory_take((size_t)optim->part_count, sizeof *missed, "a checkpoint");
    for (int i = 0; i < optim->part_count; i++) missed[i] = optim->parts[i].missed;
    return missed;
}

void optim_save(optim_t *optim, const char *prefix, record_t *record) {
    char path[RECORD_PATH_MAX];
    size_t count = (size_t)optim->size;
    for (int k = 0; k < optim->row->moments; k++)
        record_put(record, moment_path(prefix, k, path), RECORD_FLT, 1, &count,
                   mirror_read(&optim->moments[k]));
    int64_t *missed = missed_steps(optim);
    count = (size_t)optim->part_count;
    record_put(record, missed_path(prefix, path), RECORD_I64, 1, &count, missed);
    free(missed);
}

status_t optim_load(optim_t *optim, const char *prefix, const record_t *record) {
    char path[RECORD_PATH_MAX];
    size_t count = (size_t)optim->size;
    for (int k = 0; k < optim->row->moments; k++)
        TRY(record_get(record, moment_path(prefix, k, path), RECORD_FLT, count,
                       mirror_here(&optim->moments[k])));
    int64_t *missed = missed_steps(optim);
    status_t status = record_get(record, missed_path(prefix, path), RECORD_I64,
                                 (size_t)optim->part_count, missed);
    for (int i = 0; i < optim->part_count; i++) optim->parts[i].missed = missed[i];
    free(missed);
    return status;
}

/* A norm that is not a number fails the comparison and scales by it: what has left the numbers
 * stays visible. */
void optim_clip(graph_t *graph, double norm, double limit) {
    if (!(norm <= limit)) graph_scale_gradient(graph, limit / norm);
}

double optim_gradient_norm(graph_t *graph) { return graph_gradient_norm(graph); }
