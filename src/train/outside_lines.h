/* outside_lines.h: what a program that trains outside has said so far, and what follows from it. */
#ifndef TRAIN_OUTSIDE_LINES_H
#define TRAIN_OUTSIDE_LINES_H

#include "external/follow.h"
#include "external/options.h"
#include "external/series.h"
#include "policy/policy.h"
#include "train/divergence.h"
#include "train/gate.h"
#include "train/states.h"
#include "train/train.h"

typedef struct outside_lines {
    const trial_t *trial; /* borrowed */
    const gate_t *gate;   /* borrowed, decided; NULL = none */
    follow_t follow;
    series_t series;
    states_t states;
    policy_t policy;
    divergence_limits_t limits;
    int stops_on_divergence;
    int64_t attempt;       /* whose lines come now, unless they say otherwise      */
    int64_t diverged_step; /* -1 = it has not                                      */
    const char *trigger;   /* static; "none"                                       */
    int64_t heard;         /* step before which the policies were heard; -1 = none */
    size_t taken;          /* lines with a step                                    */
    int is_decided;        /* decision.json is there                               */
    char fault[1024];      /* what cannot be read, for the trial's end; "" = all can */
    double started;        /* clock_seconds                                        */
    double before;         /* seconds that attempts of earlier processes have taken */
    line_t line;           /* the one that was read last                           */
} outside_lines_t;

status_t outside_lines_open(outside_lines_t *lines, const trial_t *trial, const char *dir);
void outside_lines_close(outside_lines_t *lines); /* {0} is fine */

/* Reads on and judges. What the program has done wrong becomes the fault; only what the machine
 * refuses is returned. */
status_t outside_lines_look(outside_lines_t *lines, const char *dir);

/* Writes decision.json, once. */
status_t outside_lines_decide(outside_lines_t *lines, const char *dir);

int64_t outside_lines_step(const outside_lines_t *lines);      /* steps done */
int outside_lines_is_over(const outside_lines_t *lines);       /* by divergence or by a policy */
const char *outside_lines_end(const outside_lines_t *lines);   /* which; static */
const char *outside_lines_fault(const outside_lines_t *lines); /* NULL: none; borrowed */
int outside_lines_has_initial(const outside_lines_t *lines);
int outside_lines_has_any(const outside_lines_t *lines);
trial_state_t outside_lines_state(const outside_lines_t *lines);
void outside_lines_record(const outside_lines_t *lines, record_t *record);

#endif
