/* rig.h: one stabilizer on a small model with one batch, without a trainer around it. */
#ifndef TESTS_STABILIZER_RIG_H
#define TESTS_STABILIZER_RIG_H

#include "train/sweep_text.h"

#include "base/rng.h"
#include "kernel/vector.h"
#include "near.h"
#include "optim/optim.h"
#include "stabilizer/stabilizer.h"

enum { RIG_BATCH = 3 };

typedef struct rig {
    sweep_text_t sweep;
    const trial_t *trial;
    task_t *task;
    batch_t batch;
    model_t *model;
    graph_t *graph;
    const stabilizer_row_t *row;
    void *state;
    step_t step;
    flt *theta, *gradient; /* of the graph */
    long size;
} rig_t;

/* Of the first trial of that sweep, which rig_destroy ends. */
static inline rig_t rig_of(const stabilizer_row_t *row, sweep_text_t sweep) {
    rig_t rig = {.sweep = sweep, .row = row};
    const task_row_t *task;
    task_shape_t shape;
    rig.trial = plan_trial(rig.sweep.plan, 0);
    if (task_describe(rig.trial->config, &task, &shape) || task_open(rig.trial, &rig.task) ||
        batch_create(&shape, RIG_BATCH, &rig.batch) ||
        model_create(rig.trial->config, &shape, RIG_BATCH, GRAPH_CURVATURE, &rig.model))
        fail_msg("%s", status_message());
    model_init(rig.model, 7, 0);
    rig.graph = model_graph(rig.model);
    rig.theta = graph_theta(rig.graph), rig.gradient = graph_gradient(rig.graph);
    rig.size = model_size(rig.model);
    if (row->create(rig.trial, rig.model, &rig.state)) fail_msg("%s", status_message());
    task->train(rig.task, 0, &rig.batch);
    model_load(rig.model, &rig.batch);
    return rig;
}

static inline rig_t rig_create(const stabilizer_row_t *row, const char *options) {
    return rig_of(row, sweep_of(options));
}

static inline void rig_destroy(rig_t *rig) {
    if (rig->state) rig->row->destroy(rig->state);
    model_destroy(&rig->model);
    batch_destroy(&rig->batch);
    task_close(&rig->task);
    sweep_end(&rig->sweep);
}

/* The task's gradient, then the hook. */
static inline void rig_after_gradient(rig_t *rig, int64_t number) {
    model_gradient(rig->model);
    rig->step = (step_t){.number = number,
                         .model = rig->model,
                         .batch = &rig->batch,
                         .lr = 1e-2,
                         .passes = model_passes(rig->model),
                         .grad_norm = optim_gradient_norm(rig->graph)};
    rig->row->after_gradient(rig->state, &rig->step);
    assert_near(rig->step.grad_norm / optim_gradient_norm(rig->graph), 1, 1e-6);
}

static inline flt *rig_copy(const rig_t *rig, const flt *x) {
    flt *copy = malloc((size_t)rig->size * sizeof *copy);
    return memcpy(copy, x, (size_t)rig->size * sizeof *copy);
}

/* A random direction, zero where the layout pads. */
static inline flt *rig_direction(const rig_t *rig) {
    flt *direction = calloc((size_t)rig->size, sizeof *direction);
    rng_t rng = rng_open(3, 0, "direction", 0);
    for (long p = 0; p < graph_parameter_count(rig->graph); p++) {
        const parameter_t *at = &graph_parameters(rig->graph)[p];
        for (long i = 0; i < at->rows * at->cols; i++)
            direction[at->offset + i] = (flt)(rng_normal(&rng) / 10);
    }
    return direction;
}

/* Slope of `loss` at theta = `at` along the direction, by central differences of order 4. */
static inline double rig_slope(rig_t *rig, double (*loss)(rig_t *), const flt *at,
                               const flt *direction) {
    const double h = 1e-4, steps[] = {-2, -1, 1, 2}, weights[] = {1, -8, 8, -1};
    double sum = 0;
    flt *kept = rig_copy(rig, rig->theta);
    for (int k = 0; k < 4; k++) {
        memcpy(rig->theta, at, (size_t)rig->size * sizeof *at);
        vector_add(steps[k] * h, direction, rig->theta, rig->size);
        sum += weights[k] / (12 * h) * loss(rig);
    }
    memcpy(rig->theta, kept, (size_t)rig->size * sizeof *kept);
    free(kept);
    return sum;
}

static inline double rig_loss(rig_t *rig) { return model_loss(rig->model).mean; }

#endif
