/* The life of a trial in the process that runs it:
 *
 *   1. Its gate, where its arm has one, decides in which configuration it runs (gate.h).
 *   2. The trainer is opened at the trial's initialisation: data, model, optimizer, stabilizers,
 *      probes, all of them functions of configuration, seed and replica.
 *      (A trial that a program of the user's own trains goes on in outside.h.)
 *   3. With a checkpoint of an earlier attempt it goes on from there; with one that does not fit it
 *      begins anew.
 *   4. The trainer goes step by step to the last one, to divergence, to the end that a policy gives
 *      it, or until the watch stops it: then it leaves a checkpoint and stays PENDING.
 *   5. What it leaves behind goes into a record. Who called writes that to the store, and removes
 *      the checkpoints once the file is there. */
#include <math.h>
#include <stdio.h>

#include "base/log.h"
#include "external/options.h"
#include "train/checkpoint.h"
#include "train/gate.h"
#include "train/outside.h"
#include "train/together.h"
#include "train/trainer.h"
#include "train/trainer_checkpoint.h"

/* --- the gate of an arm --- */

/* What an interrupted run of the trial had decided; 0 = there is none, or not for all of a team. */
static int recall(const trial_t *trial, const trial_team_t *team, const char *checkpoints,
                  gate_t *gate) {
    record_t state = {0};
    int64_t step = 0;
    if (!checkpoints) return 0;
    checkpoint_read(checkpoints, trial->id, &step, &state);
    int is_known = step && gate_load(gate, &state) == STATUS_OK;
    record_clear(&state);
    return together(team, is_known ? STATUS_OK : STATUS_INCOMPLETE) == STATUS_OK;
}

/* What the trial measures at initialisation. */
static status_t profile_ours(const trial_t *trial, const trial_setting_t *setting,
                             record_t *initial) {
    status_t status;
    trainer_t trainer;
    TRY_OR_DONE(trainer_open(&trainer, trial, NULL, setting));
    TRY_OR_DONE(trainer_measure(&trainer, 0));
    rksp_probe_record(trainer.probe, initial);
done:
    trainer_close(&trainer);
    return status;
}

static status_t profile(const trial_t *trial, const trial_setting_t *setting, record_t *initial) {
    return external_is_asked(trial->config) ? outside_profile(trial, setting, initial)
                                            : profile_ours(trial, setting, initial);
}

/* A program outside begins anew after the gate, without a checkpoint of ours that would keep what
 * was decided. */
static status_t remember(const trial_t *trial, const trial_setting_t *setting, const gate_t *gate) {
    record_t state = {0};
    if (!setting->checkpoints || !external_is_asked(trial->config)) return STATUS_OK;
    gate_record(gate, &state);
    status_t status = checkpoint_write(setting->checkpoints, trial->id, 1, &state);
    record_clear(&state);
    return status;
}

/* The risk is that of the trial's partner in the base arm, as far as its initialisation. */
static status_t decide(const trial_t *trial, const trial_setting_t *setting, gate_t *gate) {
    record_t initial = {0};
    trial_t partner = *trial;
    partner.config = trial->base;
    status_t status = profile(&partner, setting, &initial);
    if (status == STATUS_OK) gate_decide(trial, &initial, gate);
    record_clear(&initial);
    return status;
}

/* How a trial runs. */
typedef struct guise {
    trial_t as;         /* the trial in the configuration it runs in */
    gate_t room;        /* for the gate                              */
    const gate_t *gate; /* NULL where it has none                    */
} guise_t;

/* `checkpoints`: of a run that may have passed the gate before; NULL: it is decided anew. */
static status_t pass_gate(const trial_t *trial, const trial_setting_t *setting,
                          const char *checkpoints, guise_t *guise) {
    gate_t *gate = &guise->room;
    guise->as = *trial;
    guise->gate = NULL;
    if (!gate_open(trial->config, gate)) return STATUS_OK;
    guise->gate = gate;
    if (!recall(trial, setting->team, checkpoints, gate)) {
        TRY(decide(trial, setting, gate));
        TRY(remember(trial, setting, gate));
    }
    if (!gate->is_on) guise->as.config = trial->base;
    return STATUS_OK;
}

status_t trial_screen(const trial_t *trial, const trial_setting_t *setting, const char *score,
                      double *value) {
    char path[64];
    record_t initial = {0};
    guise_t guise;
    *value = NAN;
    TRY(pass_gate(trial, setting, NULL, &guise));
    status_t status = profile(&guise.as, setting, &initial);
    snprintf(path, sizeof path, "summary/%s", score);
    const record_item_t *item = record_find(&initial, path);
    if (status == STATUS_OK && item && item->type == RECORD_F64) *value = *(double *)item->data;
    record_clear(&initial);
    return status;
}

/* --- a trial --- */

/* At its checkpoint, where it has one that fits. What its gate had decided goes with one that does
 * not: that was measured on other data, too. */
static status_t open_where_it_was(const trial_t *trial, const trial_setting_t *setting,
                                  guise_t *guise, trainer_t *trainer) {
    TRY(pass_gate(trial, setting, setting->checkpoints, guise));
    TRY(trainer_open(trainer, &guise->as, guise->gate, setting));
    status_t status = trainer_resume(trainer);
    if (status != STATUS_CORRUPT) return status;
    if (shares_is_first(&trainer->shares))
        log_warning("trial %s starts anew, its checkpoint does not fit: %s", trial->id,
                    status_message());
    trainer_close(trainer);
    TRY(pass_gate(trial, setting, NULL, guise));
    return trainer_open(trainer, &guise->as, guise->gate, setting);
}

static trial_state_t state_of(const trainer_t *trainer) {
    return policy_has_ended(&trainer->policy)        ? TRIAL_PRUNED
           : history_has_diverged(&trainer->history) ? TRIAL_DIVERGED
                                                     : TRIAL_COMPLETED;
}

static status_t run_outside(const trial_t *trial, const trial_setting_t *setting, record_t *record,
                            trial_state_t *state) {
    guise_t guise;
    TRY(pass_gate(trial, setting, setting->checkpoints, &guise));
    return outside_run(&guise.as, guise.gate, setting, record, state);
}

static status_t run_ours(const trial_t *trial, const trial_setting_t *setting, record_t *record,
                         trial_state_t *state) {
    status_t status;
    trainer_t trainer = {0};
    guise_t guise;
    TRY_OR_DONE(open_where_it_was(trial, setting, &guise, &trainer));
    TRY_OR_DONE(trainer_run(&trainer));
    trainer_record(&trainer, record);
done:
    if (status == STATUS_OK) *state = state_of(&trainer);
    trainer_close(&trainer);
    return status;
}

status_t trial_run(const trial_t *trial, const trial_setting_t *setting, record_t *record,
                   trial_state_t *state) {
    status_t status = external_is_asked(trial->config) ? run_outside(trial, setting, record, state)
                                                       : run_ours(trial, setting, record, state);
    if (status != STATUS_OK) *state = status == STATUS_INCOMPLETE ? TRIAL_PENDING : TRIAL_FAILED;
    return status;
}
