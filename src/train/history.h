/* history.h: what a training run leaves behind, step by step, and the outcome drawn from it. */
#ifndef TRAIN_HISTORY_H
#define TRAIN_HISTORY_H

#include <stdint.h>

#include "base/record.h"
#include "base/status.h"
#include "model/model.h"

typedef struct history {
    size_t steps, steps_max;            /* recorded, and room for                              */
    double *loss, *grad_norm, *lr;      /* owned [steps_max] task loss, gradient norm; lr used */
    double *seconds;                    /* owned [steps_max] wall clock of the step            */
    double *terms[LOSS_TERMS];          /* owned [steps_max] terms of the loss beside the task's */
    const char *term_names[LOSS_TERMS]; /* borrowed, static                               */
    int term_count;
    int64_t *number;  /* owned [steps_max] 0, 1, ...                         */
    double processor; /* processor time of all steps, seconds                */

    size_t validations, validations_max;
    int64_t *valid_step; /* owned [validations_max] steps done when validated        */
    double *valid_loss, *valid_accuracy; /* owned [validations_max]                  */

    const char *trigger;   /* of the first divergence; "none"         */
    int64_t diverged_step; /* step of it; -1 = none                   */
} history_t;

/* `terms`: names of the series of terms of the loss (model_terms), NULL-terminated, static. */
status_t history_create(int64_t steps_max, int64_t validations_max, const char *const *terms,
                        history_t *history);
void history_destroy(history_t *history); /* {0} is fine */

/* Appends one step, one validation. There must be room. */
void history_add_step(history_t *history, const loss_t *loss, double grad_norm, double lr);
void history_add_validation(history_t *history, int64_t steps_done, double loss, double accuracy);

/* The first divergence counts, later calls change nothing. */
void history_set_diverged(history_t *history, int64_t step, const char *trigger);
int history_has_diverged(const history_t *history);

/* Mean loss of the last 10 steps; NaN when there is none. */
double history_recent_loss(const history_t *history);

/* For checkpoints: all of it but the clock of the whole trial, under "history/...". STATUS_CORRUPT
 * when the record's does not fit into a fresh history of the same trial. */
void history_save(const history_t *history, record_t *record);
status_t history_load(history_t *history, const record_t *record);

/* Puts series/..., valid/..., outcome/... (but for clocks of the whole trial, parameters and host)
 * and baseline/... in. */
void history_record(const history_t *history, record_t *record);

#endif
