/* study.h: what figures look at: a run's trials as a table, the tables made of them, and of each
 * trial that is shown its series, thinned out to what a page can show.
 *
 * Read once, in any process, also while the sweep runs; needs nothing of its master. */
#ifndef FIGURE_STUDY_H
#define FIGURE_STUDY_H

#include "base/frame.h"
#include "figure/curve.h"
#include "figure/lanes.h"
#include "plan/plan.h"
#include "report/recipe.h"

/* More trials than this are not drawn one by one: evenly chosen ones stand for the rest. */
enum { STUDY_SHOWN_MAX = 2000, STUDY_TABLES_MAX = 16 };

/* A matrix over probes (rows) and layers; NaN where unknown. */
typedef struct layers {
    size_t probes, layers;
    double *step;   /* owned [probes]         */
    double *number; /* owned [probes, layers] */
} layers_t;

/* Eigenvalues of the first probe. */
typedef struct eigenvalues {
    size_t layers, modes;
    double *part; /* owned [layers, modes, 2]: real, imaginary; NaN = none */
} eigenvalues_t;

typedef struct shown_trial {
    size_t row; /* of the table of trials */
    curve_t loss, grad_norm, active_blocks, lr_lambda, shaping;
    curve_t expert_load; /* the largest over experts and layers */
    curve_t spikes;      /* where the loss begins to spike (probe/gradients.h): step, loss */
    layers_t near_unit;
} shown_trial_t;

typedef struct study {
    const char *run_dir; /* borrowed */
    const plan_t *plan;  /* borrowed */
    frame_t trials;      /* owned: all, in the order of the plan (store_load, roles_fill)    */
    const char **varied; /* owned [varied_count] of borrowed keys: options that differ       */
    size_t varied_count;
    shown_trial_t *shown; /* owned [shown_count]: those that have a result                    */
    size_t shown_count, result_count;
    size_t *chosen; /* owned [chosen_count]: of `shown`, one per norm, whose spectra are drawn */
    eigenvalues_t *spectra; /* owned [chosen_count]                                          */
    size_t chosen_count;
    lanes_t lanes;
    report_table_t tables[STUDY_TABLES_MAX]; /* owned: every recipe that has a row           */
    size_t table_count;
    record_t profile; /* owned: of a trained network (hdf5_schemas/profile.def), in place of a run:
                         plan is NULL, and there are no trials                               */
} study_t;

/* `trials` is taken over (and left empty): all trials of the plan, weights and all. A trial whose
 * file cannot be read is left out with a warning. */
status_t study_open(const char *run_dir, const plan_t *plan, frame_t *trials, study_t *study);

/* Of a profile, with the tables that are made of it: both are taken over (and left empty). */
void study_of_profile(record_t *profile, report_table_t *tables, size_t count, study_t *study);
void study_close(study_t *study); /* {0} is fine */

/* The sweep's name, or what was profiled. Borrowed. */
const char *study_name(const study_t *study);

/* Column of numbers [trials.rows], or NULL; text likewise. Borrowed. */
const double *study_numbers(const study_t *study, const char *column);
char *const *study_texts(const study_t *study, const char *column);

/* 1 when the trial of that row diverged. */
int study_has_diverged(const study_t *study, size_t row);

/* 1 when runs that ended stand for others that policies or an order kept from their end: shares and
 * curves of those that ended, unweighted, are none of the sweep's. */
int study_is_sample(const study_t *study);

/* The table of that recipe, NULL when it has no row. Borrowed. */
const report_table_t *study_table(const study_t *study, const char *name);

/* The values of an option in the order of their first trial, and which each trial has: of
 * `study->trials`, [rows]. The caller frees both arrays; names are borrowed. */
typedef struct groups {
    const char **names;
    size_t *of; /* [rows] */
    size_t count;
} groups_t;
groups_t study_groups(const study_t *study, const char *key);
void groups_free(groups_t *groups);

#endif
