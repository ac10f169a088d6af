/* rksp.h: the spectral profile of every layer transition h_l -> h_{l+1} of a model, at
 * initialisation and at further steps ("probe.rksp.steps").
 *
 * Samples are N flattened positions of as many batches as that takes; in a trial, of steps that no
 * training reaches (probe.h), so they are drawn like the training data and shared by all arms of a
 * comparison, and the training sees none of them. They pass through the model that is being
 * trained: its batch and its activations are overwritten, its parameters and the course of the
 * training are not changed by a bit. */
#ifndef PROBE_RKSP_H
#define PROBE_RKSP_H

#include "base/record.h"
#include "model/model.h"
#include "probe/probe.h"
#include "probe/team.h"

/* Options "probe.rksp.*". */
extern const field_set_t rksp_probe_fields;

/* Items below summary/ that rank trials by risk; rksp_scores is NULL-terminated. */
#define RKSP_SCORES "m_near_unit", "near_unit_log_kappa", "m_expansive", "rho", "kappa_v"
extern const char *const rksp_scores[];

typedef struct rksp_probe rksp_probe_t;

/* For models like `model`, which need only be described. STATUS_SPEC: too few samples for the
 * width, a step after the last of `steps`, bands that do not fit together. */
status_t rksp_probe_create(const probe_setting_t *setting, const model_t *model, int64_t steps,
                           rksp_probe_t **probe);
void rksp_probe_destroy(rksp_probe_t **probe);

/* Layers over the processes that work on the trial together, each profiled by one: they all run the
 * probe, and all have the same record, of the same bits as one alone. */
void rksp_probe_work_together(rksp_probe_t *probe, const probe_team_t *team);

/* For states that come from elsewhere: of each of the layers + 1 blocks [rows, width], the same
 * positions in the same order. Of more rows than probe.rksp.samples, so many are chosen by chance.
 * STATUS_SPEC as above. */
typedef struct rksp_shape {
    int layers, width;
    int64_t rows;
} rksp_shape_t;
status_t rksp_probe_create_for(const probe_setting_t *setting, const rksp_shape_t *shape,
                               rksp_probe_t **probe);

/* Profiles them: load(context, layer, states) fills states[rows, width] for layer 0 .. layers. */
typedef status_t rksp_load_t(void *context, int layer, float *states);
status_t rksp_probe_run_on(rksp_probe_t *probe, rksp_load_t *load, void *context, int64_t step);

/* Is the profile wanted when `step` optimizer steps are done? */
int rksp_probe_is_due(const rksp_probe_t *probe, int64_t step);

/* Profiles all layers. `batch` is overwritten; it is of the model's size. A layer whose states are
 * not finite, or do not vary at all, gets NaN in every number, rank 0, and a warning. */
status_t rksp_probe_run(rksp_probe_t *probe, const probe_batches_t *batches, model_t *model,
                        batch_t *batch, int64_t step);

/* Puts rksp/... in for all profiles so far, and summary/... for the first; nothing when there was
 * none. */
void rksp_probe_record(const rksp_probe_t *probe, record_t *record);

/* The risk score, summary/m_near_unit: mean near-unit mass of the first profile; NaN when there was
 * none. */
double rksp_probe_risk(const rksp_probe_t *probe);

/* Takes the profiles that rksp_probe_record put in out again: a checkpoint's. */
status_t rksp_probe_load(rksp_probe_t *probe, const record_t *record);

/* After how many steps the configuration asks for profiles; and does it after so many? */
const int_list_t *rksp_probe_steps(const config_t *config, int_list_t *steps);
int rksp_probe_is_asked(const config_t *config, int64_t step);

/* What the probe adds to a trial. */
typedef struct rksp_probe_cost {
    double flops;         /* of all profiles; LAPACK's share in equivalents of matrix products */
    double initial_flops; /* of that at initialisation alone                           */
    double bytes;
} rksp_probe_cost_t;

/* The same errors as rksp_probe_create. The model need only be described. */
status_t rksp_probe_estimate(const config_t *config, const model_t *model,
                             const task_shape_t *shape, int batch, int64_t steps,
                             rksp_probe_cost_t *cost);

#endif
