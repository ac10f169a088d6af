/* states.h: residual states that somebody else's program writes, as RKSP profiles: the files
 * DIR/snapshots/NNNNNN.safetensors, one for a step, with arrays h.0, h.1, ... of shape [N, d]: the
 * same N positions in the same order, before the first block and behind every block. */
#ifndef TRAIN_STATES_H
#define TRAIN_STATES_H

#include "probe/rksp.h"

typedef struct states {
    probe_setting_t setting;
    int_list_t steps;    /* at which states are wanted: probe.rksp.steps        */
    rksp_probe_t *probe; /* owned; NULL before the first                        */
    rksp_shape_t shape;  /* of the first                                        */
    int64_t last;        /* step of the one profiled last; -1 = none             */
    int has_initial;     /* that of step 0 was profiled                          */
} states_t;

void states_open(const probe_setting_t *setting, states_t *states);
void states_close(states_t *states); /* {0} is fine */

/* "0 100": the steps at which states are wanted, into text[0..size). */
void states_describe(const states_t *states, char *text, size_t size);
int states_is_asked(const states_t *states, int64_t step);

/* Profiles what has come to `dir`, in the order of steps. STATUS_FAILED, with path and reason: a
 * file that is no such file, or not of the shape of the first. */
status_t states_look(states_t *states, const char *dir);

/* As rksp_probe_risk and rksp_probe_record. */
double states_risk(const states_t *states);
void states_record(const states_t *states, record_t *record);

#endif
