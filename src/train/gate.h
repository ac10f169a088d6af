/* gate.h: an arm that is switched on by risk: where the initial risk of the base configuration
 * reaches a threshold, the trial runs with its arm's options, elsewhere as its partner in the base
 * arm does (the decision rule of Kim et al., arXiv 2602.22988, figure 7).
 *
 * A share of the risky trials, drawn at random, runs as the base all the same: the control. Risky
 * trials that are switched on differ from it by chance alone, so comparing the two estimates the
 * policy's effect without bias, which comparing trials above and below the threshold does not. The
 * draw is a function of seed and pair: the same for all gated arms, however often a trial is
 * repeated. */
#ifndef TRAIN_GATE_H
#define TRAIN_GATE_H

#include "base/record.h"
#include "plan/plan.h"

/* Options "gate.*", for arms only. */
extern const field_set_t gate_fields;

typedef struct gate {
    char score[FIELD_NAME_MAX]; /* item below summary/; "none": no gate            */
    double threshold, control;
    double risk, draw; /* of the base configuration; uniform on [0,1)              */
    int is_risky;      /* risk at or above the threshold, or not a number          */
    int is_on;         /* risky, and the draw is not below the control share       */
} gate_t;

/* STATUS_SPEC: a gate without a control share (0 must be said), or without a risk to go by. */
status_t gate_check(const config_t *config);

/* The trial's gate, still without a decision; returns 0 when it has none. */
int gate_open(const config_t *config, gate_t *gate);

/* Decides by what the base configuration left behind at initialisation (summary/...). */
void gate_decide(const trial_t *trial, const record_t *initial, gate_t *gate);

/* Puts gate/... in: part of the result and of checkpoints. */
void gate_record(const gate_t *gate, record_t *record);

/* Takes the decision out of a checkpoint. STATUS_CORRUPT when there is none. */
status_t gate_load(gate_t *gate, const record_t *record);

#endif
