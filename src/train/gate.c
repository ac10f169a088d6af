#include "train/gate.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/rng.h"
#include "probe/rksp.h"

struct gate_options {
    char score[FIELD_NAME_MAX];
    double threshold, control;
};

static const char no_gate[] = "none";

static const char *const *scores(void) {
    static const char *const names[] = {no_gate, RKSP_SCORES, NULL};
    return names;
}

#define OPTIONS struct gate_options
static const field_t fields[] = {
    CHOICE_FIELD("gate.score", score, .fallback = no_gate, .choices = scores,
                 .doc = "initial risk (summary/NAME, mean over layers) by which the arm "
                        "is switched on"),
    REAL_FIELD("gate.threshold", threshold, .min = -1e30, .max = 1e30, .fallback = "0.5",
               .doc = "switched on where the risk is at least this", .needs = "gate.score"),
    REAL_FIELD("gate.control", control, .min = -1, .max = 1, .fallback = "-1",
               .doc = "share of the risky trials, drawn at random, that stay as the base; below 0 "
                      "= not given",
               .needs = "gate.score"),
};
const field_set_t gate_fields = FIELD_SET("gate of an arm", fields, .is_of_arms = true);

int gate_open(const config_t *config, gate_t *gate) {
    struct gate_options o;
    config_read(config, &gate_fields, &o);
    *gate = (gate_t){.threshold = o.threshold, .control = o.control};
    memcpy(gate->score, o.score, sizeof gate->score);
    return strcmp(o.score, no_gate) != 0;
}

status_t gate_check(const config_t *config) {
    gate_t gate;
    if (!gate_open(config, &gate)) return STATUS_OK;
    CHECK(gate.control >= 0, STATUS_SPEC,
          "gate.control is missing: a gate needs a share of risky trials that stay as the base, or "
          "its effect cannot be told from that of the risk; write 0.2, or 0 to do without");
    CHECK(gate.control < 1, STATUS_SPEC,
          "gate.control: 1 leaves no trial to be switched on; write less, such as 0.2");
    CHECK(rksp_probe_is_asked(config, 0), STATUS_SPEC,
          "gate.score: the risk is not measured; add 0 to probe.rksp.steps");
    return STATUS_OK;
}

static void settle(gate_t *gate) {
    gate->is_risky = !(gate->risk < gate->threshold);
    gate->is_on = gate->is_risky && gate->draw >= gate->control;
}

void gate_decide(const trial_t *trial, const record_t *initial, gate_t *gate) {
    char text[64];
    snprintf(text, sizeof text, "summary/%s", gate->score);
    if (record_get(initial, text, RECORD_F64, 1, &gate->risk) != STATUS_OK) gate->risk = NAN;
    snprintf(text, sizeof text, "gate/%s", trial->pair);
    rng_t rng = rng_open(trial->seed, trial->replica, text, 0);
    gate->draw = rng_uniform(&rng);
    settle(gate);
}

void gate_record(const gate_t *gate, record_t *record) {
    record_put_f64(record, "gate/risk", gate->risk);
    record_put_f64(record, "gate/draw", gate->draw);
    record_put_i64(record, "gate/risky", gate->is_risky);
    record_put_i64(record, "gate/on", gate->is_on);
    record_put_f64(record, "gate/probability", gate->is_risky ? 1 - gate->control : 0);
}

status_t gate_load(gate_t *gate, const record_t *record) {
    TRY(record_get(record, "gate/risk", RECORD_F64, 1, &gate->risk));
    TRY(record_get(record, "gate/draw", RECORD_F64, 1, &gate->draw));
    settle(gate);
    return STATUS_OK;
}
