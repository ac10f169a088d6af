/* hessian.h: exact products with the Hessian of the loss at a model's present parameters: of one
 * batch, of the mean over several, whole or chunk by chunk.
 *
 * One batch whose gradient the model holds, in the Hessian's precision: a product costs two
 * gradients, activations being there. Several batches, or chunks of them: every part's gradient is
 * run again before each product, three gradients in all. Chunks run in a small model of their own,
 * so the memory of the tangents is that of one chunk and the training model keeps no more than
 * training needs. */
#ifndef PROBE_HESSIAN_H
#define PROBE_HESSIAN_H

#include "model/model.h"
#include "probe/probe.h"

typedef struct hessian hessian_t;

/* For the batches of `model`, which is borrowed: made with GRAPH_CURVATURE, unless chunk > 0. The
 * Hessian is the mean over `batches` (>= 1) batches: the training step's, and others of the task
 * that no step is trained on, the same ones for the whole trial; task NULL: there is one batch.
 * `chunk` samples at a time (divides the batch), 0 = whole. The config is asked for the model of a
 * chunk. */
status_t hessian_create(const config_t *config, task_t *task, model_t *model, int64_t batches,
                        int64_t chunk, hessian_t **hessian);
void hessian_destroy(hessian_t **hessian);

/* The products are of the function that this precision computes (borrowed): values, and their
 * derivatives with rounding taken for the identity. At first: that of `model`. */
void hessian_set_precision(hessian_t *hessian, const precision_t *precision);

/* Begins with the products at one step. The model holds `batch` and its gradient; `passes` is what
 * model_passes said then. In between the model is ours. */
void hessian_begin(hessian_t *hessian, const batch_t *batch, long passes);

/* hv = H v, of model_size elements; hv is not v. */
void hessian_product(hessian_t *hessian, const flt *v, flt *hv);

/* Of v.Hv over the batches, for the last product; NaN for one batch. */
double hessian_standard_error(const hessian_t *hessian);

/* Loads the training batch again; parameters and gradient are, bit for bit, those of
 * hessian_begin. */
void hessian_end(hessian_t *hessian);

/* The number of the batch that task->train gave for batch k: the step for k = 0. */
int64_t hessian_batch_id(int k, int64_t step);

#endif
