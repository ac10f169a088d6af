/* outside.h: a trial that a program of the user's own trains (external.command, docs/external.md).
 * trial.c asks here where our own trainer would be asked elsewhere; the gate is passed before.
 *
 * The program works in a directory of its own, RUN/external/ID, and appends a line to metrics.jsonl
 * for every step. This process follows: it takes the label of divergence from the lines, hears the
 * policies between two of them, profiles residual states as they come, and asks the program to end
 * when the trial is over or the watch wishes to stop it. All is judged in the order of the lines,
 * and lines behind the end of a trial count for nothing: so a result depends on what the program
 * says, not on when this process looked. A later attempt replays the lines that there are. */
#ifndef TRAIN_OUTSIDE_H
#define TRAIN_OUTSIDE_H

#include "train/gate.h"
#include "train/train.h"

/* As trial_run, of a trial in the configuration that it runs in. `gate` decided, or NULL.
 * STATUS_FAILED: the program failed, or wrote what cannot be read; the sentence holds its last
 * words on stderr. */
status_t outside_run(const trial_t *trial, const gate_t *gate, const trial_setting_t *setting,
                     record_t *record, trial_state_t *state);

/* Puts in what the trial measures at initialisation: starts the program for as long as its states
 * of step 0 take. Nothing when it writes none within external.gate_seconds. */
status_t outside_profile(const trial_t *trial, const trial_setting_t *setting, record_t *initial);

/* As trial_estimate, and whether the options go together. */
status_t outside_estimate(const config_t *config, trial_cost_t *cost);

/* The trial has ended and its result is written: what goes of its directory goes. */
void outside_forget(const trial_t *trial, const char *run_dir, trial_state_t state);

#endif
