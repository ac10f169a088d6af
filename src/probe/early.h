/* early.h: single numbers that are said to foretell divergence, read off two early steps of the
 * training: step 0, whose parameters are the initial ones, and step 10. One file plus one row each.
 *
 * They are what later papers propose beside the spectra of RKSP; each row names its source. All see
 * the step's own batch, with what is drawn by chance in it, at the parameters its gradient was
 * taken at; all are of the float32 function, whatever train.precision is. The training goes its way
 * as if nothing were measured, bit for bit. */
#ifndef PROBE_EARLY_H
#define PROBE_EARLY_H

#include "base/record.h"
#include "model/model.h"
#include "optim/optim.h"

/* What a predictor sees of a step. */
typedef struct early_moment {
    model_t *model; /* its last pass was forward, of the step's batch at the parameters `before` */
    optim_t *optim; /* before the update, in `before`; after it, in `after`                      */
    const flt *before, *after; /* parameters before and after the update, [model_size]; `after` is
                                  NULL in `before`                                              */
    double loss;               /* that is differentiated, at the parameters before              */
    double lr;                 /* of the step                                                   */
    int64_t step;              /* 0 ..                                                          */
} early_moment_t;

/* One of the two is set. Large values are meant to go with divergence. NaN: this model, or this
 * optimizer, has no such number. Both may run the model and move its parameters: what follows finds
 * them as they were. */
typedef struct early_row {
    const char *name, *doc;
    double (*before)(const early_moment_t *moment);
    double (*after)(const early_moment_t *moment);
    double passes; /* forward passes it takes, about */
} early_row_t;

extern const early_row_t *const early_rows[]; /* NULL-terminated */
#define EARLY(name) extern const early_row_t early_##name;
#include "probe/early.def"
#undef EARLY

/* Option "probe.early". */
extern const field_set_t early_fields;

typedef struct early_probe early_probe_t;

/* Whether the configuration asks for it; and STATUS_SPEC where it asks for what cannot be: on a
 * device, or of a batch that several ranks share. */
int early_probe_is_asked(const config_t *config);
status_t early_probe_check(const config_t *config);

/* Model and optimizer are borrowed and outlive the probe. *probe = NULL, which all functions below
 * take, where it is not asked for. STATUS_SPEC as above. */
status_t early_probe_create(const config_t *config, model_t *model, optim_t *optim,
                            early_probe_t **probe);
void early_probe_destroy(early_probe_t **probe);

/* Around the update of step `step`: gradient and batch are in the model, the gradient as the update
 * will see it; then with the parameters as the whole step has left them. */
void early_probe_before(early_probe_t *probe, int64_t step, double lr);
void early_probe_after(early_probe_t *probe, int64_t step, double lr);

/* Puts early/NAME_0 and early/NAME_10 in: NaN for a step the trial did not reach. For checkpoints
 * the same items are taken out again; STATUS_CORRUPT: they are not there. */
void early_probe_record(const early_probe_t *probe, record_t *record);
status_t early_probe_load(early_probe_t *probe, const record_t *record);

/* Forward passes of both steps together, and numbers as many as the parameters that are kept. */
double early_probe_passes(const config_t *config);
double early_probe_vectors(const config_t *config);

#endif
