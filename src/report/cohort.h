/* cohort.h: the runs a statistic is about: those with a result, maybe only those still alive at a
 * landmark. */
#ifndef REPORT_COHORT_H
#define REPORT_COHORT_H

#include "base/frame.h"
#include "report/table.h"

/* Column of a sweep that goes by an order (rundir/turns.h): the chance that the trial has a result
 * by now; 0 for those without one, and for those that ended out of turn. */
#define COHORT_ORDER "order/inclusion"

enum { COHORT_ALL = -1 }; /* as landmark: everyone, from before the first step */

typedef struct cohort {
    frame_t runs;     /* owned; one row per run                                    */
    int *diverged;    /* owned [runs.rows]                                         */
    size_t positives; /* how many diverged                                         */
    double *weight;   /* owned [runs.rows]: how many trials the run stands for: one over the chance
                         that policies and the sweep's order let it be seen             */
    int is_pruned;    /* 1: policies pruned trials, or would have but for the audit     */
    int is_weighted;  /* 1: they did, or some runs stand for more trials than others    */
} cohort_t;

/* The COMPLETED and DIVERGED trials whose outcome/step is beyond `landmark`: they had not diverged
 * by then and had steps left in which they could. All other states are gaps, not results. What a
 * program outside calls norm, depth and learning rate stands in our options' columns (roles.h). */
cohort_t cohort_create(const frame_t *trials, int landmark);
/* The same without runs that say nothing of others: those that ended out of turn, in a sweep that
 * goes by an order. For statistics that weigh runs. */
cohort_t cohort_in_turn(const frame_t *trials, int landmark);

void cohort_destroy(cohort_t *cohort); /* {0} is fine; leaves {0} */

/* Column of numbers [runs.rows]; all NaN when the frame has none of that name. Borrowed. */
const double *cohort_numbers(cohort_t *cohort, const char *column);

/* The same, NaN for runs that diverged: outcomes are compared among runs that got to the end, also
 * where train.stop_on_divergence is off and a diverged run goes on. */
const double *cohort_stable_numbers(cohort_t *cohort, const char *column);

/* stratum[i] = place of the run's value of `column` (number or text) among all its values in
 * ascending order, -1 when unknown. Returns how many values there are; 0 without such a column. */
int cohort_strata(const cohort_t *cohort, const char *column, int *stratum);

/* Writes the value of `column` in one row as people write it. */
void cohort_value(const cohort_t *cohort, const char *column, size_t row,
                  char text[CELL_SHOWN_MAX]);

/* Its normalisation, and its arm where that is not the base: "none, clip". */
void cohort_name_group(const cohort_t *cohort, size_t row, char name[2 * CELL_SHOWN_MAX]);

/* Where policies pruned trials: that rates of the others are no estimate for all. For tables that
 * do not weigh. */
void cohort_note_pruned(const cohort_t *cohort, report_table_t *table);

/* "102 of 108 trials have a result (78 COMPLETED, 24 DIVERGED); without one: 6 PENDING.", and whose
 * kernels computed them, where that is known. */
void cohort_note_coverage(const frame_t *trials, report_table_t *table);

/* What a sweep that goes by an order, and stopped on its way, tells about all its trials; nothing
 * when all have ended. */
void cohort_note_order(const frame_t *trials, report_table_t *table);

#endif
