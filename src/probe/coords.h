/* coords.h: the coordinate check of a parametrisation: how large the numbers in a network are, and
 * how far training has moved them, after a few steps; over widths they stay as they are when the
 * learning rate carries over from one width to the next (Yang et al. 2022, arXiv 2203.03466,
 * appendix D.1). The table `coords` has their slopes.
 *
 * Sizes are means of |x| over one batch that no training reaches (probe.h), the same at all steps:
 * of the residual stream h_0 .. h_L, and of the logits. */
#ifndef PROBE_COORDS_H
#define PROBE_COORDS_H

#include "base/record.h"
#include "model/model.h"
#include "probe/probe.h"

/* Option "probe.coords.steps". */
extern const field_set_t coords_fields;

typedef struct coords_probe coords_probe_t;

/* *probe = NULL, which all functions below take, where the configuration does not ask for it.
 * STATUS_SPEC: a step beyond the last of `steps`. */
status_t coords_probe_create(const config_t *config, const model_t *model, int64_t steps,
                             coords_probe_t **probe);
void coords_probe_destroy(coords_probe_t **probe);

/* When `step` optimizer steps are done: measures where that is asked for. `batch`, of the model's
 * size, is overwritten; parameters are not. */
void coords_probe_run(coords_probe_t *probe, const probe_batches_t *batches, model_t *model,
                      batch_t *batch, int64_t step);

/* Puts coords/... in; nothing when nothing was measured. */
void coords_probe_record(const coords_probe_t *probe, record_t *record);

/* For checkpoints, under "coords_probe/...". STATUS_CORRUPT: a record of another trial. */
void coords_probe_save(const coords_probe_t *probe, record_t *record);
status_t coords_probe_load(coords_probe_t *probe, const record_t *record);

/* Forward passes of a training of so many steps, beside its own; STATUS_SPEC as above. */
status_t coords_probe_estimate(const config_t *config, int64_t steps, double *passes);

#endif
