/* stabilizer.h: what may change a step to keep the training from diverging. One file plus one row
 * each.
 *
 * A stabilizer is switched on by an option of its own (gradient clipping by train.clip > 0), so any
 * of them can be combined; they run in the order of the table. The divergence label is taken from
 * the task's loss and gradient before any of them has run. */
#ifndef STABILIZER_STABILIZER_H
#define STABILIZER_STABILIZER_H

#include "base/record.h"
#include "model/model.h"

/* What a hook sees, and may change, of one step. */
typedef struct step {
    int64_t number; /* 0 ..                                                             */
    model_t *model; /* the batch's gradient is in it; further passes may be run, as long as the
                       parameters and the gradient are left as the update shall see them */
    const batch_t *batch; /* loaded in the model                                          */
    double lr;
    long passes;      /* model_passes after the batch's gradient, for model_is_held          */
    double grad_norm; /* of the gradient as it is now: whoever changes it keeps this right */

    /* The last measurement of curvature ("curvature.*"), lr lambda_max with the rate of that step,
     * of the matrix the optimizer's edge of stability is about: G = P^-1/2 H P^-1/2 where
     * preconditioning is measured, else H. In after_update it may be of this very step. NaN until
     * there is one. */
    double lr_lambda, edge; /* edge: 38 for Adam with beta1 0.9, 2 for gradient descent */
    int64_t measured;       /* step of that measurement, -1 = none */
} step_t;

/* What stabilizers ask of a trial beside its own training. */
typedef struct stabilizer_needs {
    graph_mode_t mode;    /* what the model must be able to do: the highest asked for    */
    int activations;      /* 1: looks at those of the batch                                 */
    double gradients;     /* further gradient passes a step, on average                     */
    double vectors;       /* arrays as long as the parameters that are kept                 */
    double hidden_states; /* arrays as large as a hidden state that are kept            */
    int64_t positions;    /* hidden positions that a batch must have at least              */
} stabilizer_needs_t;

/* What a stabilizer takes for itself; see stabilizer.c for what does not go together. */
enum {
    STABILIZER_REPLACES_GRADIENT = 1, /* the loss's gradient becomes another one             */
    STABILIZER_HOLDS_SIZES = 2,       /* every weight matrix has a size of its choosing      */
    STABILIZER_CHANGES_SIZES = 4,     /* some have one for a while, or are scaled            */
};

typedef struct stabilizer_row {
    const char *name, *doc;
    const char *key; /* the option that switches it on, by not being 0 */
    const field_set_t *options;
    const field_set_t *common; /* options that rows share, or NULL */
    unsigned takes;            /* STABILIZER_... */

    /* Adds its needs under that configuration, nothing when it is switched off there. STATUS_SPEC:
     * its options do not go with others. NULL = needs nothing and goes with all. */
    status_t (*needs)(const config_t *config, stabilizer_needs_t *needs);

    /* Sets `state` (owned by the list, ended by destroy), or leaves it NULL: switched off. */
    status_t (*create)(const trial_t *trial, model_t *model, void **state);
    void (*destroy)(void *state);

    /* Any of these may be NULL. */
    void (*after_gradient)(void *state, step_t *step);   /* between the gradient and the update */
    void (*after_update)(void *state, step_t *step);     /* may change the parameters           */
    void (*record)(const void *state, record_t *record); /* what it logged, at the trial's end  */

    /* For checkpoints: what changes in `state` from step to step, put in under "NAME/..." and taken
     * out of there into a fresh state of the same trial. Both or neither; a row with neither says
     * is_stateless when its state is options alone, or else its trials have no checkpoints. */
    void (*save)(const void *state, record_t *record);
    status_t (*load)(void *state, const record_t *record);
    int is_stateless;
} stabilizer_row_t;

extern const stabilizer_row_t *const stabilizer_rows[]; /* NULL-terminated */
#define STABILIZER(name) extern const stabilizer_row_t stabilizer_##name;
#include "stabilizer/stabilizers.def"
#undef STABILIZER

/* For `needs` (field.h) of options that rows share: the keys of the rows with that common set, into
 * text[0..size). */
void stabilizers_users(const field_set_t *set, char *text, size_t size);

/* The sum over all rows, known before any model is made. STATUS_SPEC: two that do not go together.
 */
status_t stabilizers_needs(const config_t *config, stabilizer_needs_t *needs);

typedef struct stabilizers stabilizers_t;

/* Those a trial has switched on. The model is borrowed and outlives them. */
status_t stabilizers_create(const trial_t *trial, model_t *model, stabilizers_t **stabilizers);
void stabilizers_destroy(stabilizers_t **stabilizers);
void stabilizers_after_gradient(const stabilizers_t *stabilizers, step_t *step);
void stabilizers_after_update(const stabilizers_t *stabilizers, step_t *step);
void stabilizers_record(const stabilizers_t *stabilizers, record_t *record);

/* The name of one that is switched on and cannot be saved, or NULL. Static. */
const char *stabilizers_unsaved(const stabilizers_t *stabilizers);

/* For checkpoints. STATUS_CORRUPT when the record is not one of this trial's. */
void stabilizers_save(const stabilizers_t *stabilizers, record_t *record);
status_t stabilizers_load(const stabilizers_t *stabilizers, const record_t *record);

#endif
