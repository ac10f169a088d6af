/* curvature.h: the largest eigenvalue of the loss's Hessian H, and of G = P^-1/2 H P^-1/2 with the
 * optimizer's preconditioner P, followed while a model trains (AWU paper, arXiv 2606.16768).
 *
 * Every curvature.every steps, between the gradient and the update: H of the step's own batch at
 * the parameters the gradient was taken at, by exact products, and P as this very update will use
 * it: bias-corrected, with the gradient in it as the stabilizers have left it. The search starts
 * from the eigenvector of the last estimate; for G that vector is carried along,
 *
 *   u_t = P_t^1/2 P_{t-1}^-1/2 u_{t-1}, renormalised,
 *
 * by keeping x = P^-1/2 u, its image in parameter space. Methods: power iteration (power.h, where
 * our shift is explained) or Lanczos (lanczos.h), which also gives the smallest eigenvalue.
 *
 * Training goes its way as if nothing were measured, bit for bit. */
#ifndef PROBE_CURVATURE_H
#define PROBE_CURVATURE_H

#include "base/record.h"
#include "model/model.h"
#include "optim/optim.h"
#include "probe/probe.h"

/* Options "curvature.*". */
extern const field_set_t curvature_fields;

typedef struct curvature_probe curvature_probe_t;

/* The mode a trial's model must be made with: GRAPH_CURVATURE where products run in it. */
graph_mode_t curvature_probe_mode(const config_t *config);

/* For one training of at most `steps` steps; task, model and optimizer are borrowed and outlive the
 * probe. The task may be NULL where curvature.batches is 1, the optimizer where
 * curvature.preconditioned is false: then the edge of stability is that of gradient descent.
 * STATUS_SPEC: a step never reached, preconditioning with an optimizer that has no preconditioner,
 * nothing to measure, chunks that do not divide the batch. */
status_t curvature_probe_create(const probe_setting_t *setting, task_t *task, model_t *model,
                                optim_t *optim, int64_t steps, curvature_probe_t **probe);
void curvature_probe_destroy(curvature_probe_t **probe);

/* Is the curvature wanted at step `step` (0 ..)? */
int curvature_probe_is_due(const curvature_probe_t *probe, int64_t step);

/* One estimate, at a step of the training. */
typedef struct curvature_moment {
    int64_t step;         /* 0 ..                                                             */
    double lr;            /* of its update                                                    */
    const batch_t *batch; /* loaded in the model, its gradient as the update shall see it     */
    long passes;          /* model_passes just after the gradient was taken                   */
} curvature_moment_t;

/* Measures. Model and optimizer are left as they were; a curvature that is not finite is recorded
 * as NaN. */
status_t curvature_probe_run(curvature_probe_t *probe, const curvature_moment_t *moment);

/* Puts curvature/... and summary/... in; nothing when nothing was measured. */
void curvature_probe_record(const curvature_probe_t *probe, record_t *record);

/* For checkpoints: all that later estimates depend on, under "curvature_probe/..." and
 * "curvature_log/...". STATUS_CORRUPT when the record is not one of this trial's. */
void curvature_probe_save(const curvature_probe_t *probe, record_t *record);
status_t curvature_probe_load(curvature_probe_t *probe, const record_t *record);

/* The last estimate, of G where it is measured, else of H: how close to the edge of stability a run
 * is. */
typedef struct curvature_now {
    double lr_lambda; /* NaN before the first estimate                                */
    double edge;      /* of lr_lambda: 38 for Adam with beta1 0.9, 2 for gradient descent */
    int64_t step;     /* -1 before the first                                          */
} curvature_now_t;
curvature_now_t curvature_probe_now(const curvature_probe_t *probe);

/* What the probe adds to a trial. */
typedef struct curvature_cost {
    double flops; /* of all estimates                                                  */
    double bytes; /* beside the model, which is described in curvature_probe_mode      */
} curvature_cost_t;

/* The same errors as curvature_probe_create. The model need only be described. */
status_t curvature_probe_estimate(const config_t *config, const model_t *model,
                                  const task_shape_t *shape, int64_t steps, curvature_cost_t *cost);

#endif
