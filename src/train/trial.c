/* Running one trial: which configuration its gate lets it run in, then the trainer. */
#include <math.h>
#include <stdio.h>

#include "train/checkpoint.h"
#include "train/gate.h"
#include "train/trainer.h"
#include "train/trainer_checkpoint.h"

/* --- the gate of an arm --- */

/* What an interrupted run of the trial had decided; 0 = there is none. */
static int recall(const trial_t *trial, const char *checkpoints, gate_t *gate) {
    record_t state = {0};
    int64_t step = 0;
    if (!checkpoints) return 0;
    checkpoint_read(checkpoints, trial->id, &step, &state);
    int is_known = step && gate_load(gate, &state) == STATUS_OK;
    record_clear(&state);
    return is_known;
}

/* What the trial measures at initialisation. */
static status_t profile(const trial_t *trial, const trial_setting_t *setting, record_t *initial) {
    status_t status;
    trainer_t trainer;
    TRY_OR_DONE(trainer_open(&trainer, trial, NULL, setting));
    TRY_OR_DONE(trainer_measure(&trainer, 0));
    rksp_probe_record(trainer.probe, initial);
done:
    trainer_close(&trainer);
    return status;
}

/* The risk is that of the trial's partner in the base arm, as far as its initialisation. */
static status_t decide(const trial_t *trial, const trial_setting_t *setting, gate_t *gate) {
    record_t initial = {0};
    trial_t partner = *trial;
    partner.config = trial->base;
    if (recall(trial, setting->checkpoints, gate)) return STATUS_OK;
    status_t status = profile(&partner, setting, &initial);
    if (status == STATUS_OK) gate_decide(trial, &initial, gate);
    record_clear(&initial);
    return status;
}

/* `as`: the trial in the configuration it runs in; `gate`: NULL where it has none. */
static status_t pass_gate(const trial_t *trial, const trial_setting_t *setting, gate_t *room,
                          const gate_t **gate, trial_t *as) {
    *as = *trial;
    *gate = NULL;
    if (!gate_open(trial->config, room)) return STATUS_OK;
    *gate = room;
    TRY(decide(trial, setting, room));
    if (!room->is_on) as->config = trial->base;
    return STATUS_OK;
}

status_t trial_screen(const trial_t *trial, const char *score, double *value) {
    static const trial_setting_t alone = {0};
    char path[64];
    record_t initial = {0};
    gate_t room;
    const gate_t *gate;
    trial_t as;
    *value = NAN;
    TRY(pass_gate(trial, &alone, &room, &gate, &as));
    status_t status = profile(&as, &alone, &initial);
    snprintf(path, sizeof path, "summary/%s", score);
    const record_item_t *item = record_find(&initial, path);
    if (status == STATUS_OK && item && item->type == RECORD_F64) *value = *(double *)item->data;
    record_clear(&initial);
    return status;
}

status_t trial_run(const trial_t *trial, const trial_setting_t *setting, record_t *record,
                   trial_state_t *state) {
    status_t status;
    trainer_t trainer = {0};
    gate_t room;
    const gate_t *gate;
    trial_t as;
    TRY_OR_DONE(pass_gate(trial, setting, &room, &gate, &as));
    TRY_OR_DONE(trainer_open(&trainer, &as, gate, setting));
    TRY_OR_DONE(trainer_resume(&trainer));
    TRY_OR_DONE(trainer_run(&trainer));
    trainer_record(&trainer, record);
done:
    if (status == STATUS_OK)
        *state = policy_has_ended(&trainer.policy)        ? TRIAL_PRUNED
                 : history_has_diverged(&trainer.history) ? TRIAL_DIVERGED
                                                          : TRIAL_COMPLETED;
    else
        *state = status == STATUS_INCOMPLETE ? TRIAL_PENDING : TRIAL_FAILED;
    trainer_close(&trainer);
    return status;
}
